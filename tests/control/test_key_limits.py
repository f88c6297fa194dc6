import pytest

from control.errors import InvalidValue
from control.key_limits import KeyLimit, checked_limits, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("1000;w=3600;u=request", KeyLimit(1000, 3600, "request")),
        (" 1000 ; w=60 ", KeyLimit(1000, 60, "request")),
        ("250;w=86400;u=cent", KeyLimit(250, 86400, "cent")),
    ],
)
def test_a_limit_is_read_as_people_write_it(text: str, limit: KeyLimit):
    assert parse_limit(text) == limit
    assert parse_limit(str(limit)) == limit


@pytest.mark.parametrize(
    "text", ["", "1000", "w=60", "0;w=60", "10;w=0", "-1;w=60", "10;w=60;u=dollar", "1;w=99999999"]
)
def test_what_is_no_limit_is_refused(text: str):
    with pytest.raises(InvalidValue, match="limit"):
        parse_limit(text)


def test_two_limits_that_say_the_same_are_refused():
    with pytest.raises(InvalidValue, match="same unit"):
        checked_limits([KeyLimit(1, 60), KeyLimit(2, 60)])
    assert len(checked_limits([KeyLimit(1, 60), KeyLimit(2, 3600), KeyLimit(3, 60, "token")])) == 3
    with pytest.raises(InvalidValue, match="at most"):
        checked_limits([KeyLimit(1, window) for window in range(1, 10)])
