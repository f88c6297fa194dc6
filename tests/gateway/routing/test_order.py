"""In which order routes are tried: strategies, and what is set aside."""

import random
from collections import Counter

import pytest

from gateway.routing.health import Health
from gateway.routing.plan import Candidate
from gateway.routing.routes import Route
from gateway.routing.strategies import Strategy, arranged
from gateway.routing.unified import unrouted
from providers.catalog import load_catalog
from providers.models.catalogue import Offer

CATALOG = load_catalog()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def route(provider: str, price: float | None = 1.0, *, item: int = 0, translated: bool = False) -> Route:
    found = CATALOG.get(provider)
    assert found is not None
    candidate = Candidate(unrouted(f"/{provider}"), model=f"model-of-{provider}", is_translated=translated)
    return Route(candidate, Offer(found, candidate.model or "", price, price), item)


def order(routes: list[Route], strategy: Strategy, weights: dict[str, float] | None = None) -> list[str]:
    return [each.offer.provider.id for each in arranged(routes, strategy, weights or {}, Health())]


def test_ordered_is_as_written_then_untranslated_then_cheapest():
    routes = [
        route("openrouter", 0.5, item=1),
        route("azure", 3),
        route("openai", 2),
        route("anthropic", 1, translated=True),
        route("groq", None),
    ]
    assert order(routes, "ordered") == ["openai", "azure", "groq", "anthropic", "openrouter"]


def test_cheapest_goes_by_price_whatever_is_written():
    routes = [route("openai", 2), route("groq", None), route("azure", 1, item=3)]
    assert order(routes, "cheapest") == ["azure", "openai", "groq"]


def test_weighted_draws_by_weight_and_leaves_the_others_for_last():
    random.seed(7)
    routes = [route("openai"), route("azure"), route("groq")]
    drawn = [order(routes, "weighted", {"openai": 3, "azure": 1}) for _ in range(2000)]
    firsts = Counter(each[0] for each in drawn)
    assert 0.7 < firsts["openai"] / 2000 < 0.8
    assert {each[2] for each in drawn} == {"groq"}


def test_latency_takes_the_faster_of_two():
    random.seed(7)
    health = Health()
    routes = [route("openai"), route("azure"), route("groq")]
    for each, seconds in zip(routes, (3.0, 1.0, 2.0), strict=True):
        health.answered(each.candidate, seconds)
    firsts = Counter(arranged(routes, "latency", {}, health)[0].offer.provider.id for _ in range(600))
    assert firsts["azure"] > firsts["groq"] > firsts["openai"] == 0
    health.answered(routes[1].candidate, 100.0)
    assert health.latency_seconds(routes[1].candidate) == pytest.approx(30.7)
    assert [each.offer.provider.id for each in arranged(routes[:1], "latency", {}, health)] == ["openai"]


def test_what_keeps_failing_is_set_aside_and_probed_again():
    clock = Clock()
    health = Health(clock)
    candidate = route("openai").candidate
    for _ in range(4):
        health.failed(candidate)
    assert health.is_good(candidate), "too few calls to judge"
    health.failed(candidate)
    assert not health.is_good(candidate)
    assert health.set_aside == 1
    clock.now += 6
    assert health.is_good(candidate), "the probe"
    assert not health.is_good(candidate), "one probe at a time"
    health.failed(candidate)
    clock.now += 6
    assert not health.is_good(candidate), "the pause doubles"
    clock.now += 5
    assert health.is_good(candidate)
    health.answered(candidate, 1.0)
    assert health.is_good(candidate)
    assert health.set_aside == 0


def test_old_failures_fade():
    clock = Clock()
    health = Health(clock)
    candidate = route("openai").candidate
    for _ in range(4):
        health.failed(candidate)
    clock.now += 300
    for _ in range(6):
        health.answered(candidate, 1.0)
    health.failed(candidate)
    assert health.is_good(candidate)


def test_a_provider_that_asks_to_wait_is_left_alone():
    clock = Clock()
    health = Health(clock)
    candidate, other = route("openai").candidate, route("azure").candidate
    health.asked_to_wait(candidate, 20)
    assert not health.is_good(candidate)
    assert health.is_good(other)
    clock.now += 21
    assert health.is_good(candidate)
