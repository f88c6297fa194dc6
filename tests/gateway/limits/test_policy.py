"""The grammar of `Weir-RateLimit-Policy`."""

import pytest

from gateway.errors import BadRequest
from gateway.limits.policy import Policy, parse_policies


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("100;w=60", Policy(1_000_000, 60, "request", None)),
        ("100;w=60;u=request;s=user", Policy(1_000_000, 60, "request", "user")),
        ("0.5;w=3600;u=cents", Policy(5_000, 3600, "cents", None)),
        ("10.00005;w=1;U=TOKEN;S=Tenant-Id", Policy(100_000, 1, "token", "tenant-id")),
        (" 7 ; w = 60 ; s = a_b ", Policy(70_000, 60, "request", "a_b")),
    ],
)
def test_policies(text: str, policy: Policy):
    assert parse_policies(text) == (policy,)


def test_several_hold_at_once_and_the_same_one_once():
    policies = parse_policies("1;w=60, 100;w=3600;u=token ,1;w=60")
    assert [policy.text for policy in policies] == ["1;w=60;u=request", "100;w=3600;u=token"]
    assert parse_policies("2.50;w=60;s=user")[0].text == "2.5;w=60;u=request;s=user"
    assert parse_policies("2.50;w=60;s=user")[0].echo == "2.5;w=60;u=request"


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "100", "100;w=", "100;w=0", "0;w=60", "0.00001;w=60", "-1;w=60", "1e3;w=60", "1;w=60;u=dollars"),
        *("1;w=60;s=", "1;w=60;s=a b", "1;w=60;s=user;u=cents", "1;w=60,", "1;w=99999999", "١;w=60", "1;w=60;x=1"),
        *(",".join(f"{n};w=60" for n in range(1, 10)), "9" * 13 + ";w=60"),
    ],
)
def test_what_makes_no_sense_is_refused_with_header_and_grammar(text: str):
    with pytest.raises(BadRequest, match="Weir-RateLimit-Policy"):
        parse_policies(text)
