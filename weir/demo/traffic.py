"""Thirty days of the demo's traffic: when calls come, who makes them, and what goes wrong on which day.

The same organization, end and seed give the same records. Weekdays are busy, nights are quiet, and it grows a little.
Nine days before the end OpenAI fails for two hours and a half; four days before, the summarizer runs on the dearest
model for half a day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from uuid import UUID

from warehouse.rawlog.segment import compress
from warehouse.record import Exchange, encode
from weir.demo import records
from weir.demo.features import FEATURES, SUMMARIES, Call, Feature, careless_summary
from weir.demo.judgements import judgements
from weir.demo.records import Caller, Failure

DAYS = 30
REQUESTS = 50_000

_BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 19, 16, 18, 20, 20, 18, 15, 11, 9, 8, 6, 5, 3)
_BY_WEEKDAY = (1.0, 1.08, 1.1, 1.05, 0.9, 0.38, 0.32)
_ERROR_BURST = (9, time(14, 0), time(16, 30))
_COST_SPIKE = (4, time(9, 0), time(21, 0))
_NAMES = ("ana", "ben", "cora", "dev", "eli", "fay", "gus", "hana", "ivo", "june")
_CUSTOMERS = ("acme.example", "globex.example", "initech.example", "umbrella.example")
_USERS = tuple(f"{name}@{customer}" for customer in _CUSTOMERS for name in _NAMES)
_BY_USER = tuple(1 / (rank + 3) for rank in range(len(_USERS)))
_COUNTRIES = ("DE", "US", "PT", "GB", "FR", "IT", "DK", "ES")
_USUAL_FAILURES = (
    (0.0040, Failure("rate_limited", 429)),
    (0.0020, Failure("provider_error", 500)),
    (0.0015, Failure("provider_error", 400)),
    (0.0030, Failure("client_disconnected", 200)),
    (0.0006, Failure("timeout", None)),
)


@dataclass(frozen=True)
class Traffic:
    """All of the demo's calls, a day at a time."""

    organization_id: UUID
    until: datetime
    seed: int = 7
    request_count: int = REQUESTS
    days: int = DAYS

    def dates(self) -> list[date]:
        last = self.until.astimezone(UTC).date()
        return [last - timedelta(days=back) for back in reversed(range(self.days))]

    def records_of(self, day: date) -> list[Exchange]:
        """Returns the day's records in the order of their calls; about its share of `request_count`."""
        wanted = round(self.request_count * self._weight(day) / sum(map(self._weight, self.dates())))
        dice = Random(f"{self.seed} {self.organization_id} {day}")  # noqa: S311 - variety, no secret
        made: list[Exchange] = []
        answers: dict[str, Exchange] = {}
        while len(made) < wanted:
            made += self._session(day, dice, answers)
        made.sort(key=lambda each: each.created_at)
        return made

    def segment_of(self, day: date) -> bytes:
        """Returns the day's calls, and what was said of them, as a raw segment; empty if there are none."""
        calls = self.records_of(day)
        dice = Random(f"{self.seed} {self.organization_id} {day} judged")  # noqa: S311 - variety, no secret
        return compress(b"".join(map(encode, [*calls, *judgements(calls, dice, self.until)])))

    def _weight(self, day: date) -> float:
        """How busy the day is, less what has not happened of it yet."""
        growth = 1 + 0.3 * (day - self.until.date()).days / self.days
        weight = _BY_WEEKDAY[day.weekday()] * growth
        return weight * self._elapsed_share() if day == self.until.date() else weight

    def _elapsed_share(self) -> float:
        now = self.until.astimezone(UTC)
        return (sum(_BY_HOUR[: now.hour]) + _BY_HOUR[now.hour] * now.minute / 60) / sum(_BY_HOUR)

    def _session(self, day: date, dice: Random, answers: dict[str, Exchange]) -> Iterator[Exchange]:
        """Makes the calls of one session; those after midnight or after the end have not happened."""
        at = _moment(day, dice)
        feature = dice.choices(FEATURES, [each.weight for each in FEATURES])[0]
        is_careless = feature is SUMMARIES and self._is_in(_COST_SPIKE, at)
        caller = _caller(self.organization_id, feature, dice)
        for call in (careless_summary if is_careless else feature.calls)(dice):
            at += timedelta(seconds=call.pause_seconds)
            if at.date() != day or at >= self.until:
                return
            made = self._outcome(call, caller, at, dice, answers)
            if made.completed_at < self.until:
                yield made
            at = made.completed_at

    def _outcome(
        self, call: Call, caller: Caller, at: datetime, dice: Random, answers: dict[str, Exchange]
    ) -> Exchange:
        question = f"{call.model.name} {call.messages[-1].text}" if call.is_common else None
        if question in answers and answers[question].completed_at < at:
            return records.cached(call, caller, at, dice, answers[question])
        if failure := self._failure(call, at, dice):
            return records.failed(call, caller, at, dice, failure)
        made = records.answered(call, caller, at, dice, slowness=1.0 + _BY_HOUR[at.hour] / 60)
        if question is not None:
            answers.setdefault(question, made)
        return made

    def _failure(self, call: Call, at: datetime, dice: Random) -> Failure | None:
        if call.model.provider == "openai" and self._is_in(_ERROR_BURST, at) and dice.random() < 0.45:
            return Failure("rate_limited", 429) if dice.random() < 0.4 else Failure("provider_error", 503)
        threshold = dice.random()
        for probability, failure in _USUAL_FAILURES:
            threshold -= probability
            if threshold < 0:
                broken_stream = failure.error_type == "client_disconnected"
                return None if broken_stream and not call.is_stream else failure
        return None

    def _is_in(self, incident: tuple[int, time, time], at: datetime) -> bool:
        days_ago, begin, end = incident
        day = self.until.astimezone(UTC).date() - timedelta(days=days_ago)
        return at.date() == day and begin <= at.time() < end


def _moment(day: date, dice: Random) -> datetime:
    hour = dice.choices(range(24), _BY_HOUR)[0]
    midnight = datetime.combine(day, time(), UTC)
    return midnight + timedelta(hours=hour, microseconds=dice.randrange(3_600_000_000))


def _caller(organization_id: UUID, feature: Feature, dice: Random) -> Caller:
    number = dice.choices(range(len(_USERS)), _BY_USER)[0]
    return Caller(
        organization_id=organization_id,
        user_id=_USERS[number],
        country_code=_COUNTRIES[number % len(_COUNTRIES)],
        environment=dice.choices(("production", "staging", "development"), (88, 8, 4))[0],
        feature=feature,
        session_id=f"{feature.name}-{dice.getrandbits(40):010x}" if feature.session_name else None,
    )
