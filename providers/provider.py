"""One provider: where it answers, how it wants to be asked, and what is peculiar about it."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote, urlsplit

import msgspec

from providers.address import filled, host_pattern, joined, parts_of
from providers.facts import DialectName

Auth = Literal[
    # A scheme of the header `Authorization`.
    "bearer",
    "key",
    "token",
    # A header of its own.
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "xi-api-key",
    "api-subscription-key",
    "x-portkey-api-key",
    # AWS Signature Version 4; a key that is no pair is a Bedrock API key and sent as bearer.
    "sigv4",
    # Nothing of ours: callers sign each request, or make tokens that live an hour.
    "callers",
    "none",
]

_PATHS: dict[DialectName, str] = {
    "chat_completions": "/chat/completions",
    "responses": "/responses",
    "completions": "/completions",
    "embeddings": "/embeddings",
    "messages": "/messages",
    "images": "/images/generations",
    "speech": "/audio/speech",
    "transcriptions": "/audio/transcriptions",
    "moderations": "/moderations",
    "rerank": "/rerank",
    "gemini": "/models/{model}:generateContent",
    "converse": "/model/{model}/converse",
    "invoke": "/model/{model}/invoke",
    "cohere": "/chat",
}
_STREAM_PATHS: dict[DialectName, str] = {
    "gemini": "/models/{model}:streamGenerateContent?alt=sse",
    "converse": "/model/{model}/converse-stream",
    "invoke": "/model/{model}/invoke-with-response-stream",
}


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider, as `catalog.toml` describes it."""

    id: str
    name: str
    base_url: str
    """The URL its endpoints hang under, its version included and without a slash at the end; `{parts}` are filled in
    for each call."""
    base_urls: dict[DialectName, str] = {}
    """Other base URLs at the same host, for dialects that hang under them."""
    hosts: dict[str, str] = {}
    """Hosts that answer instead of the base URL's, by the value of the part `region`."""
    parts: dict[str, str] = {}
    """Values of the base URL's parts where nobody gives others."""
    aliases: tuple[str, ...] = ()
    """Other names it goes by, at doors and in model strings."""
    auth: Auth = "bearer"
    """How a key of ours is sent; a caller's own credential is passed on in the header it came in."""
    dialects: tuple[DialectName, ...] = ()
    """The wire formats it speaks, its own first; none if it speaks none that we parse."""
    path_prefix: str = ""
    """What stands in front of the path of every dialect, such as a deployment."""
    paths: dict[DialectName, str] = {}
    """Where a dialect is posted behind its base URL, if not where it usually is."""
    stream_paths: dict[DialectName, str] = {}
    """The same for streams, if they are posted elsewhere."""
    drops_version: bool = False
    """Whether the `v1` that SDKs put in front has no place in its paths."""
    stream_usage: bool = False
    """Whether streamed chat completions report usage when `stream_options.include_usage` asks for it."""
    price_id: str | None = None
    """Its id in genai-prices; None when only our own price table knows it."""
    operator_key_env: str | None = None
    """The environment variable operators usually keep its key in."""
    signing_service: str | None = None
    """The name of the AWS service in signatures."""
    default_headers: dict[str, str] = {}
    """Headers it demands, in lower case; sent where the caller sent none of that name."""
    default_query: dict[str, str] = {}
    """Query parameters it demands; sent where the caller sent none of that name."""
    is_local: bool = False
    """Whether it runs on a machine of the operator's: its door opens only if the operator has named its address, and a
    key is not always wanted."""

    @property
    def host(self) -> str:
        """Host and port of the base URL, parts included; keys for this provider may go to no other."""
        return urlsplit(self.base_url).netloc

    @property
    def needed_parts(self) -> tuple[str, ...]:
        """The parts that a URL there cannot do without."""
        return parts_of(self.base_url)

    @property
    def owner_parts(self) -> tuple[str, ...]:
        """The parts that tell whose host it is: a key that is kept for somebody goes to no other."""
        return tuple(part for part in parts_of(self.host) if part != "region")

    def url(self, path: str) -> str:
        """Returns where a path behind this provider's door leads, its parts not yet filled in."""
        return joined(self._base_of(path), path, drops_version=self.drops_version)

    def path_of(self, dialect: DialectName, model: str, *, is_stream: bool = False) -> str:
        """Returns where a dialect is posted, as a path for `url`, such as `/chat/completions`; a query may follow."""
        path = self.paths.get(dialect) or _PATHS[dialect]
        if is_stream:
            path = (self.stream_paths if dialect in self.paths else _STREAM_PATHS).get(dialect, path)
        return (self.path_prefix + path).replace("{model}", quote(model, safe=""))

    def demanded_query(self, url: str) -> Mapping[str, str]:
        """Returns the query parameters that a URL of `url` cannot do without."""
        return self.default_query if url.startswith(self.base_url) else {}

    def filled(self, url: str, values: Mapping[str, str]) -> str:
        """Puts the parts into a URL of `url`. Raises KeyError for a missing part and ValueError for a bad value."""
        other = self.hosts.get(values.get("region", ""))
        if other is not None:
            url = url.replace(self.host, other, 1)
        return filled(url, values)

    def values_of_host(self, host: str) -> dict[str, str] | None:
        """Returns the parts if the host, in small letters, is one of this provider's, else None."""
        if host == self.host:
            return {}
        for region, other in self.hosts.items():
            if host == other:
                return {"region": region}
        match = host_pattern(self.base_url).fullmatch(host) if "{" in self.host else None
        return None if match is None else match.groupdict()

    def _base_of(self, path: str) -> str:
        """Dialects are told by the first segment that is no version: `/v1/messages/count_tokens` is of `messages`."""
        if self.base_urls:
            segments = [segment for segment in path.split("/") if segment]
            first = next((segment for segment in segments if not _is_version(segment)), "")
            for dialect, base_url in self.base_urls.items():
                if first == _PATHS[dialect].split("/")[1]:
                    return base_url
        return self.base_url


def _is_version(segment: str) -> bool:
    return segment[:1] == "v" and segment[1:2].isdigit()
