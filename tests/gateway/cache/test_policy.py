"""The grammar of the cache's headers."""

import pytest

from gateway.cache.policy import DEFAULT_SECONDS, MOST_SECONDS, CachePolicy, read_cache_policy
from gateway.caller.head import Head
from gateway.errors import BadRequest


def policy(**headers: str) -> CachePolicy | None:
    return read_cache_policy(
        Head([(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()])
    )


def test_without_a_header_of_the_caches_there_is_no_policy():
    assert policy(cache_control="max-age=60", helicone_user_id="ada") is None
    assert policy(helicone_cache_enabled="false") is None
    assert policy(helicone_cache_seed="a") is None


def test_enabled_reads_and_saves_and_each_can_be_had_alone():
    both, one, other = (
        policy(helicone_cache_enabled="True"),
        policy(weir_cache_read="true"),
        policy(weir_cache_save="true"),
    )
    assert both == CachePolicy(reads=True, saves=True)
    assert one == CachePolicy(reads=True, saves=False)
    assert other == CachePolicy(reads=False, saves=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=60", 60),
        ("max-age = 2592000", 2_592_000),
        ("public, max-age=60 , s-maxage = 90", 90),
        ('s-maxage="30"', 30),
        ("max-age=99999999999", MOST_SECONDS),
        ("private", DEFAULT_SECONDS),
        ("", DEFAULT_SECONDS),
    ],
)
@pytest.mark.parametrize("header", ["cache_control", "helicone_cache_control", "weir_cache_control"])
def test_the_lifetime(header: str, value: str, seconds: int):
    read = policy(weir_cache_enabled="true", **{header: value})
    assert read is not None
    assert read.max_age_seconds == seconds
    assert (read.reads, read.saves) == (True, True)


@pytest.mark.parametrize(
    ("value", "reads", "saves"),
    [("no-cache", False, True), ("no-store", False, False), ("max-age=0", False, False)],
)
def test_directives_that_forbid(value: str, reads: bool, saves: bool):
    read = policy(weir_cache_enabled="true", cache_control=value)
    assert read is not None
    assert (read.reads, read.saves) == (reads, saves)


def test_our_own_control_header_wins_over_the_standard_one():
    read = policy(weir_cache_enabled="true", cache_control="no-cache", helicone_cache_control="max-age=5")
    assert read is not None
    assert (read.reads, read.max_age_seconds) == (True, 5)


def test_the_rest():
    read = policy(
        weir_cache_enabled="true",
        weir_cache_seed="s",
        weir_cache_bucket_max_size="20",
        weir_cache_bucket_fill="true",
        weir_cache_ignore_keys="user, metadata,,",
    )
    assert read is not None
    assert (read.seed, read.slots, read.fills_first) == ("s", 20, True)
    assert read.ignored_keys == {"user", "metadata"}


@pytest.mark.parametrize(
    ("header", "value", "told"),
    [
        ("weir_cache_enabled", "yes", "Cache-Enabled"),
        ("helicone_cache_read", "1", "Cache-Read"),
        ("weir_cache_bucket_max_size", "21", "1 to 20"),
        ("weir_cache_bucket_max_size", "0", "Bucket-Max-Size"),
        ("weir_cache_bucket_max_size", "-1", "Bucket-Max-Size"),
        ("weir_cache_bucket_max_size", "two", "Bucket-Max-Size"),
        ("helicone_cache_control", "max-age=soon", "max-age=3600"),
        ("cache_control", "max-age=", "Cache-Control"),
        ("weir_cache_seed", "x" * 2000, "Cache-Seed"),
    ],
)
def test_what_makes_no_sense_is_refused_with_header_and_grammar(header: str, value: str, told: str):
    headers = {"helicone_cache_enabled": "true"} | {header: value}
    with pytest.raises(BadRequest, match=told):
        policy(**headers)
