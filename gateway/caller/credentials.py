"""Tells our key from the provider's in the headers a caller sent.

Our key is the one that starts with `sk-weir-`, or with `sk-helicone-` or `pk-helicone-` where an application goes on
using the key it had there. It comes in `Weir-Auth` or `Helicone-Auth`, in whichever header the caller's SDK uses for
its own key, or beside the provider's key in one header: `Bearer <provider's>, Bearer <ours>`. Whatever holds our key is
never sent on.
"""

from urllib.parse import unquote, unquote_plus

import msgspec

from control.secrets import holds_key
from gateway.caller.head import Head, once_a_head
from gateway.errors import BadRequest, Unauthorized

NO_KEY = (
    "this gateway needs a Weir key: send `Weir-Auth: Bearer sk-weir-…`, or put the key where your SDK takes its API key"
)


class Credentials(msgspec.Struct, frozen=True, gc=False):
    """Who calls us, and what it calls the provider with."""

    secret: str
    """Our key's secret; empty where a call may do without one."""
    own: dict[str, str]
    """The caller's credential for the provider, by the header it came in; empty if it sent none."""


def read_credentials(head: Head, *, needs_key: bool = True) -> Credentials:
    """Finds our key and the caller's own credential.

    Raises Unauthorized if there is no key of ours but one is needed, and BadRequest if there are two different ones.
    """
    credentials = _found(head)
    if needs_key and not credentials.secret:
        raise Unauthorized(NO_KEY)
    return credentials


def refuse_key_in_url(path: str, query: bytes) -> None:
    """Raises BadRequest if a URL that goes on to the provider, and into its logs, holds a key of ours."""
    if _holds_key(path) or (query and holds_key(unquote_plus(query.decode("latin-1")))):
        raise BadRequest("the URL holds a Weir key, which would go on to the provider; send it in the header Weir-Auth")


@once_a_head
def _found(head: Head) -> Credentials:
    secrets: set[str] = set()
    own: dict[str, str] = {}
    for name in (b"weir-auth", b"helicone-auth"):
        if secret := _bare(head.value(name) or ""):
            secrets.add(secret)
    for header, value in head.credentials.items():
        if not holds_key(value):
            if _bare(value):
                own[header] = value
            continue
        others = []
        for part in value.split(","):
            bare = _bare(part)
            if holds_key(bare):
                secrets.add(bare)
            elif bare:
                others.append(part.strip())
        if others:
            own[header] = ", ".join(others)
    if not secrets:
        return Credentials("", own)
    if len(secrets) > 1:
        raise BadRequest("two different Weir keys are given; send one, in Weir-Auth or as your SDK's API key")
    secret = secrets.pop()
    # Helicone's oldest keys have no mark of their own: one that is repeated is known by the header that is ours.
    return Credentials(secret, {header: value for header, value in own.items() if secret not in value})


def _holds_key(path: str) -> bool:
    return holds_key(unquote(path) if "%" in path else path)


def _bare(value: str) -> str:
    scheme, _, rest = value.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else value.strip()
