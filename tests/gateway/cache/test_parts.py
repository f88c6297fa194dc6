"""Keys, entries and the front."""

from uuid import UUID

import pytest

from gateway.cache.entry import Entry, Origin, decode_entry, encode_entry
from gateway.cache.front import Front
from gateway.cache.key import key_of
from gateway.cache.policy import CachePolicy
from providers.facts import ResponseFacts
from providers.usage import Usage

ORGANIZATION = UUID(int=1)
BODY = b'{"model":"m","messages":[{"role":"user","content":"hi"}],"user":"ada"}'


def hash_of(
    body: bytes = BODY,
    *,
    organization: UUID = ORGANIZATION,
    epoch: int = 0,
    place: str = "openai /v1",
    **policy: object,
) -> str | None:
    key = key_of(organization, epoch, place, body, CachePolicy(reads=True, saves=True, **policy))
    return None if key is None else key.hash


def entry(body: bytes = b"answer", **changes: object) -> Entry:
    fields = {
        "origin": Origin(request_id=UUID(int=7), provider="p", hostname="h", path="/p", latency_ms=12.5),
        "stored_at": 1000.0,
        "max_age_seconds": 60,
        "headers": [("content-type", "application/json")],
        "facts": ResponseFacts(response_model="m", usage=Usage(input_tokens=3)),
        "is_stream": False,
        "body": body,
    }
    return Entry(**(fields | changes))


def test_how_a_body_is_written_makes_no_difference():
    spaced = b'{ "user": "ada", "messages": [ {"content": "hi", "role": "user"} ],\n "model": "m" }'
    assert hash_of(spaced) == hash_of()


@pytest.mark.parametrize(
    "other",
    [
        {"body": BODY.replace(b"hi", b"ho")},
        {"organization": UUID(int=2)},
        {"epoch": 1},
        {"place": "anthropic /v1"},
        {"seed": "s"},
    ],
)
def test_what_tells_questions_apart(other: dict[str, object]):
    assert hash_of(**other) != hash_of()


def test_lifetime_and_bucket_size_do_not():
    assert hash_of(slots=5, max_age_seconds=3, fills_first=True) == hash_of()


def test_ignored_keys_make_no_difference_at_the_top_and_some_inside():
    another = BODY.replace(b"ada", b"grace")
    ignored = frozenset({"user"})
    assert hash_of(another, ignored_keys=ignored) == hash_of(ignored_keys=ignored) != hash_of()
    role = BODY.replace(b'"role":"user"', b'"role":"system"')
    assert hash_of(role, ignored_keys=frozenset({"role"})) != hash_of(ignored_keys=frozenset({"role"}))


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b"3", b"\xff", b'{"a":', b"[" * 100_000])
def test_what_is_no_json_object_has_no_key(body: bytes):
    assert hash_of(body) is None


def test_an_entry_comes_back_as_it_was():
    kept = entry(b"a\nb\n\x00\xff")
    assert decode_entry("o/0/h/0", encode_entry("o/0/h/0", kept)) == kept


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data + b"!", lambda data: b"x" + data, lambda _: b""]
)
def test_a_damaged_entry_is_told(damage):
    with pytest.raises(ValueError, match=r"."):
        decode_entry("k", damage(encode_entry("k", entry())))


def test_an_entry_under_another_name_is_told():
    with pytest.raises(ValueError, match="another's name"):
        decode_entry("theirs", encode_entry("ours", entry()))


@pytest.mark.parametrize(
    ("now", "accepts", "good"),
    [(1000, None, True), (1059, None, True), (1060, None, False), (1010, 5, False), (1004, 5, True), (10, None, True)],
)
def test_an_entry_is_good_for_its_own_lifetime_and_for_what_the_caller_accepts(now: float, accepts, good: bool):
    assert entry().is_good(now, accepts) is good


def test_the_front_forgets_what_was_not_used_for_longest_and_keeps_its_bound():
    large, small = entry(b"x" * 2000), entry(b"y")
    front = Front(4 * large.size)
    for name in "abcd":
        front.put(name, large)
    front.get("a")
    front.put("e", large)
    assert [name for name in "abcde" if front.get(name)] == ["a", "c", "d", "e"]
    assert front.bytes == 4 * large.size
    front.put("c", small)
    assert front.bytes == 3 * large.size + small.size
    front.put("huge", entry(b"x" * 9000))
    assert front.get("huge") is None
    front.drop("a")
    assert (len(front), front.bytes) == (3, 2 * large.size + small.size)
