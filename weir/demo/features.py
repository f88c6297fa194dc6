"""The features of the demo's application: each turns a moment into the calls of one session or one job.

A support bot, a coding agent with tools, a search that rewrites and answers, a summarizer, and a playground.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from weir.demo import words
from weir.demo.models import (
    DEMO_SMALL,
    GPT_4O,
    GPT_4O_MINI,
    GPT_5_MINI,
    GPT_41_MINI,
    HAIKU,
    OPUS,
    SONNET,
    Model,
)


@dataclass(frozen=True)
class Message:
    """One message of a prompt."""

    role: str
    """user, assistant or tool."""
    text: str
    tool_call: tuple[str, str] | None = None
    """What an assistant's message calls: the tool and its arguments; the next message is the tool's result."""


@dataclass(frozen=True)
class Call:
    """One call as an application makes it, and what the model answers if all goes well."""

    model: Model
    system: str
    messages: tuple[Message, ...]
    answer: str
    pause_seconds: float
    """How long after the answer before it this call is made."""
    path: str | None = None
    """Where in its session it stands."""
    tools: tuple[str, ...] = ()
    """The tools offered."""
    tool_call: tuple[str, str] | None = None
    """The tool the model calls instead of answering, and its arguments as JSON."""
    is_stream: bool = False
    hidden_prompt_tokens: int = 0
    """Tokens beside the messages, such as files in the provider's prompt cache."""
    cached_share: float = 0.0
    """How much of the prompt comes from the provider's cache."""
    reasoning_tokens: int = 0
    is_common: bool = False
    """Whether many people ask just this, so that the gateway's cache may have it."""


@dataclass(frozen=True)
class Feature:
    """A part of the application."""

    name: str
    team: str
    weight: float
    """Its share of the sessions."""
    calls: Callable[[Random], Iterator[Call]] = field(repr=False)
    session_name: str | None = None
    """None where calls stand alone."""
    prompt_id: str | None = None


_SUPPORT_SYSTEM = (
    "You are the support assistant of Northwind Outdoor. Be brief, friendly and exact. Never promise a date you did "
    "not look up. Offer a person when the customer asks twice. Answer in the customer's language."
)
_AGENT_SYSTEM = (
    "You are a coding agent working in a repository of a web shop. Read before you write. Change as little as the task "
    "needs. Run the tests before you say you are done, and say what you did not check. "
    + " ".join(
        f"The package `{module}` has its tests in tests/{module} and its owner in OWNERS." for module in words.MODULES
    )
)
_SEARCH_SYSTEM = "Answer from the passages only and cite them as [1], [2]. Say so if they do not contain the answer."
_SUMMARY_SYSTEM = "Summarize the article in three sentences for a morning letter. Keep the numbers."


def _support(dice: Random) -> Iterator[Call]:
    model = dice.choices((GPT_4O_MINI, GPT_41_MINI, GPT_4O), (6, 3, 1))[0]
    said = [Message("user", words.pick(words.SUPPORT_QUESTIONS, dice))]
    for turn in range(dice.choices((1, 2, 3, 4), (4, 4, 3, 1))[0]):
        if turn == 0 and dice.random() < 0.45:
            order = json.dumps({"order_id": str(dice.randint(10_000, 99_999))})
            tool = dice.choice(("lookup_order", "lookup_order", "check_stock", "create_return"))
            yield Call(model, _SUPPORT_SYSTEM, tuple(said), "", 0, "/lookup", _SUPPORT_TOOLS, (tool, order))
            result = json.dumps({"status": "in_transit", "eta_days": dice.randint(1, 5)})
            said += [Message("assistant", "", (tool, order)), Message("tool", result)]
        answer = words.pick(words.SUPPORT_ANSWERS, dice)
        yield Call(
            model, _SUPPORT_SYSTEM, tuple(said), answer, dice.uniform(8, 70) * (turn > 0), "/reply", is_stream=True
        )
        said += [Message("assistant", answer), Message("user", words.pick(words.SUPPORT_FOLLOW_UPS, dice))]


_SUPPORT_TOOLS = ("lookup_order", "check_stock", "create_return")


def _coding(dice: Random) -> Iterator[Call]:
    model = dice.choices((SONNET, OPUS), (5, 1))[0]
    said = [Message("user", words.pick(words.CODING_TASKS, dice))]
    context = dice.randint(6_000, 30_000)
    for step in range(dice.randint(3, 9)):
        tool = dice.choice(_AGENT_TOOLS)
        is_last = step > 2 and dice.random() < 0.3
        answer = words.pick(words.CODING_STEPS, dice)
        arguments = json.dumps({"path": f"{dice.choice(words.MODULES)}/{dice.choice(('api', 'models', 'jobs'))}.py"})
        yield Call(
            model,
            _AGENT_SYSTEM,
            tuple(said),
            answer,
            dice.uniform(1, 12) * (step > 0),
            "/plan" if step == 0 else f"/tools/{tool}",
            _AGENT_TOOLS,
            None if is_last else (tool, arguments),
            is_stream=True,
            hidden_prompt_tokens=context,
            cached_share=0.0 if step == 0 else dice.uniform(0.75, 0.95),
        )
        if is_last:
            return
        code = words.source_code(dice, dice.randint(4, 14))
        said += [Message("assistant", answer, (tool, arguments)), Message("tool", code)]
        context += dice.randint(800, 4_000)


_AGENT_TOOLS = ("read_file", "search_code", "edit_file", "run_tests")


def _search(dice: Random) -> Iterator[Call]:
    question = words.pick(words.QUESTIONS, dice)
    is_common = dice.random() < 0.5
    rewritten = question.rstrip("?").lower()
    yield Call(
        GPT_4O_MINI, "Rewrite the question as a search query.", (Message("user", question),), rewritten, 0, "/rewrite",
        is_common=is_common,
    )  # fmt: skip
    passages = "\n\n".join(f"[{number}] {words.passage(dice, 4)}" for number in range(1, 4))
    asked = question if is_common else f"{passages}\n\nQuestion: {question}"
    answer = words.passage(dice, 2) + " [1]"
    model = dice.choices((HAIKU, GPT_4O_MINI), (2, 1))[0]
    yield Call(
        model, _SEARCH_SYSTEM, (Message("user", asked),), answer, dice.uniform(0.1, 0.6), "/answer",
        is_stream=not is_common, is_common=is_common,
    )  # fmt: skip


def _summary(dice: Random) -> Iterator[Call]:
    article = words.passage(dice, dice.randint(15, 40))
    answer = words.passage(dice, 3)
    reasoning = dice.randint(60, 500)
    yield Call(GPT_5_MINI, _SUMMARY_SYSTEM, (Message("user", article),), answer, 0, reasoning_tokens=reasoning)


def careless_summary(dice: Random) -> Iterator[Call]:
    """What the summarizer does on the day somebody points it at the dearest model, with whole archives as input."""
    article = words.passage(dice, dice.randint(30, 60))
    hidden = dice.randint(15_000, 60_000)
    yield Call(
        OPUS, _SUMMARY_SYSTEM, (Message("user", article),), words.passage(dice, 6), 0, hidden_prompt_tokens=hidden
    )


def _playground(dice: Random) -> Iterator[Call]:
    question = words.pick(words.QUESTIONS, dice)
    yield Call(DEMO_SMALL, "", (Message("user", question),), words.passage(dice, 1), 0, is_stream=dice.random() < 0.5)


SUMMARIES = Feature("summaries", "content", 0.16, _summary, None, "article-summary")
FEATURES = (
    Feature("support", "customer-care", 0.34, _support, "support chat", "support-answer"),
    Feature("coding-agent", "platform", 0.09, _coding, "coding task"),
    Feature("search", "growth", 0.33, _search, "search"),
    SUMMARIES,
    Feature("playground", "platform", 0.08, _playground),
)
