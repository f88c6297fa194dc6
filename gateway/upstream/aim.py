"""Fills in the parts of a target's address, and sees to it that a kept key goes to nobody else's host.

A caller names parts in `Weir-Host-<Part>` headers or in the path; the operator in WEIR_HOST_PARTS; a kept key may have
parts of its own. With a credential of the caller's own, the caller decides. A key that is kept for it goes where the
key or the operator says: of the host's parts, the caller chooses at most the region.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from gateway.errors import BadRequest
from gateway.targets.doors import Target
from gateway.upstream.kept_key import KeptKey
from providers.provider import Provider


def aimed(target: Target, kept: KeptKey | None) -> Target:
    """Returns the target with its whole address; `kept` is the key that will go there, if it is not the caller's own.

    Raises BadRequest if a part has no value, or if the caller chose a host that the key does not belong to.
    """
    provider = target.catalogued
    if provider is None or not provider.needed_parts:
        return target
    values = _with_callers_own(target, provider) if kept is None else _with_kept(target, provider, kept)
    try:
        url = provider.filled(target.url, values)
    except KeyError as missing:
        raise BadRequest(_missing(provider, missing.args[0], kept)) from missing
    split = urlsplit(url)
    return replace(target, url=url, host=split.netloc, hostname=split.hostname or "", path=split.path, parts=values)


def _with_callers_own(target: Target, provider: Provider) -> dict[str, str]:
    return {**provider.parts, **target.parts}


def _with_kept(target: Target, provider: Provider, kept: KeptKey) -> dict[str, str]:
    owned = {**provider.parts, **kept.parts}
    chosen = {part: value for part, value in target.parts.items() if part not in provider.owner_parts}
    for part in provider.owner_parts:
        asked = target.parts.get(part)
        if asked is not None and part in owned and asked != owned[part]:
            raise BadRequest(
                f"the key kept for {provider.name} belongs to the {part} `{owned[part]}`; to call `{asked}` send a key "
                "of your own"
            )
    return {**owned, **chosen}


def _missing(provider: Provider, part: str, kept: KeptKey | None) -> str:
    if kept is not None and part in provider.owner_parts:
        return (
            f"the key kept for {provider.name} does not say which {part} it belongs to: keep it as "
            f"`<key>@{part}=<{part}>`, or the operator names it in WEIR_HOST_PARTS"
        )
    return (
        f"{provider.name} needs to know the {part}: send it as `Weir-Host-{part.title()}: <{part}>`, or the operator "
        f'names it in WEIR_HOST_PARTS, such as {{"{provider.id}": {{"{part}": "…"}}}}'
    )
