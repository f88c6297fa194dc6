"""Odd requests, byte by byte: none sends a kept key elsewhere, and none sends our own key anywhere."""

import pytest

from tests.gateway.attacks.conftest import STORED, Scene

LINE = b"content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


def sent_home_alone(scene: Scene) -> bool:
    """Whether whatever carried the stored key came to the home with the home's own name on it."""
    with_key = [data for data in scene.home.received if STORED.encode() in data]
    return all(f"\r\nhost: {scene.home.place}\r\n".encode() in data.lower() for data in with_key)


@pytest.mark.parametrize(
    "target",
    [
        "http://{foreign}/openai/v1/chat/completions",
        "http://{foreign}",
        "//{foreign}/openai/v1/chat/completions",
        "/openai//{foreign}/v1",
        "/openai/@{foreign}/v1",
        "/openai/http://{foreign}/v1",
        "/openai/v1/%2f%2f{foreign}/x",
        "/openai/..%2f..%2f{foreign}",
        "/openai/v1/..;/{foreign}",
        "/openai%2fv1/chat",
        "/openai%40{foreign}/v1",
        "/openai:80@{foreign}/v1",
        "/openai/v1/chat/completions?x=http://{foreign}",
        "/openai/v1/chat/completions?@{foreign}",
        "/openai/v1/chat/completions#@{foreign}",
        "/openai\\@{foreign}/v1",
        "/openai/v1\\..\\{foreign}",
        "*",
        "openai/v1/chat/completions",
        "{foreign}",
        "/v1/gateway/oai/@{foreign}/v1",
        "/v1/gateway/{foreign}/v1",
    ],
)
@pytest.mark.parametrize("method", ["POST", "CONNECT"])
def test_no_request_target_leads_astray(scene: Scene, target: str, method: str):
    line = f"{method} {target.format(foreign=scene.foreign.place)} HTTP/1.1\r\n".encode()
    scene.raw(line + b"host: gateway\r\nweir-auth: Bearer KEY\r\n" + LINE)
    assert scene.foreign.connections == 0
    assert sent_home_alone(scene)


@pytest.mark.parametrize(
    "headers",
    [
        "host: {foreign}",
        "host: gateway\r\nhost: {foreign}",
        "host: gateway\r\nx-forwarded-host: {foreign}",
        "host: gateway\r\nforwarded: host={foreign}",
        "host: gateway\r\nx-original-url: http://{foreign}/",
        "host: gateway\r\nx-rewrite-url: http://{foreign}/",
        "host: gateway\r\nx-http-method-override: CONNECT",
        "host: gateway\r\nproxy-authorization: Bearer KEY",
        "host: gateway\r\nconnection: weir-auth, authorization",
        "host: gateway\r\nx-evil: a\r\n\tb: {foreign}",
        "host: gateway\r\nweir-host-resource: {foreign}",
        "host: gateway\r\nweir-target-url: ",
        "host: gateway\r\ntransfer-encoding: chunked",
        "host: gateway\r\ncontent-length: 0",
        "host: gateway\r\nexpect: 100-continue",
        "host: gateway\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__",
        "host: gateway\r\nx-lone: a\nhost: {foreign}",
        "host: gateway\r\nx-null: a\0b",
        "host : {foreign}",
    ],
)
def test_no_header_leads_astray(scene: Scene, headers: str):
    head = headers.format(foreign=scene.foreign.place).encode()
    scene.raw(b"POST /openai/v1/chat/completions HTTP/1.1\r\nweir-auth: Bearer KEY\r\n" + head + b"\r\n" + LINE)
    assert scene.foreign.connections == 0
    assert sent_home_alone(scene)


@pytest.mark.parametrize(
    "headers",
    [
        b"authorization: Bearer own-1\r\nauthorization: Bearer own-2",
        b"weir-target-url: http://FOREIGN\r\nweir-target-url: http://HOME",
        b"x-api-key: a\r\nX-API-Key: b",
        b"weir-auth: Bearer KEY",
        b"helicone-auth: Bearer other\r\nhelicone-auth: Bearer KEY",
    ],
)
def test_what_is_given_twice_is_refused(scene: Scene, headers: bytes):
    named = headers.replace(b"FOREIGN", scene.foreign.place.encode()).replace(b"HOME", scene.home.place.encode())
    answer = scene.raw(
        b"POST /openai/v1/chat/completions HTTP/1.1\r\nhost: g\r\nweir-auth: Bearer KEY\r\n" + named + b"\r\n" + LINE
    )
    assert answer.startswith(b"HTTP/1.1 400")
    assert scene.home.connections == scene.foreign.connections == 0


@pytest.mark.parametrize("value", ["a\r\nhost: evil", "a\rb", "a\nb", "%0d%0ahost: evil", "\u560d\u560ahost: evil"])
def test_a_line_break_in_a_value_makes_no_header_upstream(scene: Scene, value: str):
    scene.raw(
        b"POST /openai/v1/chat/completions HTTP/1.1\r\nhost: g\r\nweir-auth: Bearer KEY\r\nx-evil: "
        + value.encode()
        + b"\r\n"
        + LINE
    )
    assert sent_home_alone(scene)


OUR_KEY = [
    ("weir-auth", "Bearer {key}"),
    ("helicone-auth", "{key}"),
    ("authorization", "Bearer {key}"),
    ("authorization", "bearer   {key}"),
    ("authorization", "Bearer own-provider-key, Bearer {key}"),
    ("authorization", "Bearer {key},Bearer own-provider-key"),
    ("x-api-key", "{key}"),
    ("api-key", "{key}"),
    ("x-goog-api-key", "{key}"),
]


@pytest.mark.parametrize(("header", "value"), OUR_KEY)
def test_our_key_never_goes_upstream(scene: Scene, header: str, value: str):
    """The scene looks for it in all that arrived."""
    head = f"{header}: {value.format(key='KEY')}\r\nreferer: http://app/?k=KEY\r\nx-mine: KEY\r\ncookie: k=KEY\r\n"
    answer = scene.raw(b"POST /openai/v1/chat/completions HTTP/1.1\r\nhost: g\r\n" + head.encode() + LINE)
    assert answer.startswith(b"HTTP/1.1 200")
    assert len(scene.home.received) == 1


@pytest.mark.parametrize(
    "query", ["key=KEY", "a=1&api_key=KEY", "x=%73k-weir-abcdefgh", "%73%6b-weir-=1", "sk-weir-=1"]
)
def test_our_key_in_a_url_is_refused(scene: Scene, query: str):
    answer = scene.raw(
        f"POST /openai/v1/chat/completions?{query} HTTP/1.1\r\nhost: g\r\nweir-auth: Bearer KEY\r\n".encode() + LINE
    )
    assert answer.startswith(b"HTTP/1.1 400")
    assert scene.home.connections == 0
