"""How numbers, money, durations and times are written; the same on every page.

Unknown is a dash, never 0: no price is not free and no usage is not zero tokens.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import floor, isnan, log10
from zoneinfo import ZoneInfo

UNKNOWN = "–"
UNPRICED = "unpriced"

Number = float | int | Decimal
Format = Callable[[float | None], str]

_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def count(value: Number | None) -> str:
    """Writes how many: 999, 1.2k, 34.5M."""
    number = _known(value)
    if number is None:
        return UNKNOWN
    for size, suffix in _SUFFIXES:
        # 999,950 would print as 1000.0k, so the next suffix takes over where rounding does.
        if abs(number) >= size * (0.99995 if size > 1e3 else 1):
            scaled = number / size
            return f"{_trim(f'{scaled:.1f}') if abs(scaled) < 100 else f'{scaled:.0f}'}{suffix}"
    return _trim(f"{number:.1f}") if number % 1 else f"{number:.0f}"


def exact(value: Number | None) -> str:
    """Writes every digit: 12,345."""
    number = _known(value)
    return UNKNOWN if number is None else f"{number:,.0f}"


def money(value: Number | None) -> str:
    """Writes US dollars with as many digits as tell something: $0.000214, $0.04, $12.30, $4.1k."""
    number = _known(value)
    if number is None:
        return UNKNOWN
    sign, size = ("-" if number < 0 else ""), abs(number)
    if size == 0:
        return "$0"
    if size >= 1000:
        return f"{sign}${count(size)}"
    if size >= 1:
        return f"{sign}${size:.2f}"
    if size < 1e-9:
        return f"{sign}<$0.000000001"
    digits = max(2, 2 - floor(log10(size)))
    whole, _, part = f"{size:.{digits}f}".partition(".")
    return f"{sign}${whole}.{part.rstrip('0').ljust(2, '0')}"


def duration(milliseconds: Number | None) -> str:
    """Writes a time span: 0.4 ms, 320 ms, 1.84 s, 2 min 5 s."""
    value = _known(milliseconds)
    if value is None:
        return UNKNOWN
    if value < 10:
        return f"{_trim(f'{value:.1f}')} ms"
    if value < 999.5:
        return f"{value:.0f} ms"
    seconds = value / 1000
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def share(part: Number | None, whole: Number | None = 1) -> str:
    """Writes a part of a whole in per cent: 0.42%, 3.1%, 58%."""
    some, all_of = _known(part), _known(whole)
    if some is None or not all_of:
        return UNKNOWN
    percent = 100 * some / all_of
    if percent == 0:
        return "0%"
    if abs(percent) < 0.01:
        return "<0.01%"
    digits = 2 if abs(percent) < 1 else 1 if abs(percent) < 10 else 0
    return f"{_trim(f'{percent:.{digits}f}')}%"


def change(now: Number | None, before: Number | None) -> str | None:
    """Writes how something moved against the period before: +12%, -3.1%; None where there is nothing to compare."""
    current, former = _known(now), _known(before)
    if current is None or not former:
        return None
    percent = 100 * (current - former) / former
    if abs(percent) > 999:
        return ">999%"
    return f"{percent:+.{0 if abs(percent) >= 10 else 1}f}%"


def bytes_size(value: Number | None) -> str:
    """Writes a size: 812 B, 4.2 kB, 1.3 MB."""
    number = _known(value)
    if number is None:
        return UNKNOWN
    for size, suffix in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= size:
            return f"{number / size:.1f} {suffix}"
    return f"{number:.0f} B"


def age(span: timedelta) -> str:
    """Writes how long ago in one unit: 4 s, 12 min, 3 h, 5 d."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86_400} d"


def clock(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Writes a moment in the viewer's zone: the time alone today, with the day before that."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local.day} {local:%b %H:%M}" if local.year == today.year else f"{local.day} {local:%b %Y %H:%M}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Writes a moment to the millisecond, with the zone."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d} {local.tzname()}"


def parsed(at: str | datetime) -> datetime:
    """Reads a moment as the api writes it; one without a zone is UTC."""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def bound(at: datetime) -> str:
    """Writes a moment as a query's parameter: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _known(value: Number | None) -> float | None:
    return None if value is None or isnan(value) else float(value)


def _trim(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
