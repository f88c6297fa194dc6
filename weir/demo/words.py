"""The words of the demo data: what people ask and what models answer, put together from parts."""

from random import Random

PRODUCTS = ("standing desk", "travel kettle", "field jacket", "trail tent", "desk lamp", "bike light", "rain cover")
CITIES = ("Lisbon", "Leeds", "Graz", "Turin", "Aarhus", "Nantes", "Bilbao", "Ghent", "Tampere", "Split")
MODULES = ("billing", "auth", "search", "exports", "webhooks", "scheduler", "reports", "sync")
TOPICS = ("river restoration", "night trains", "heat pumps", "open data", "urban forests", "grid storage", "ferries")

SUPPORT_QUESTIONS = (
    "Where is my order {number}? It was promised for Tuesday.",
    "The {product} arrived with a broken corner. What now?",
    "Can I change the delivery address of order {number} to {city}?",
    "How do I send back the {product}? I have no printer for the label.",
    "I was charged twice for order {number}, please check.",
    "Is the {product} in stock in your {city} shop?",
    "My invoice for {number} shows the old company name.",
    "Do you ship the {product} to {city}, and how long does it take?",
)
SUPPORT_FOLLOW_UPS = (
    "Thanks. And how long will the refund take?",
    "Could you send that to my work address instead?",
    "That is not what the tracking page says.",
    "Perfect, that was all. Thank you!",
    "Can a person call me about this?",
    "What if the replacement is damaged too?",
)
SUPPORT_ANSWERS = (
    "Order {number} left our warehouse yesterday and should reach {city} within two working days.",
    "I am sorry about the {product}. A replacement is on its way; the courier brings a label for the damaged one.",
    "The address of order {number} can still be changed. I have set it to {city}; the confirmation is in your inbox.",
    "The second charge was a reservation and was released today. Your bank shows that after three days or so.",
    "Yes, the {product} is available there. I can keep one for you until tomorrow evening if you like.",
)
QUESTIONS = (
    "What does the warranty of the {product} cover?",
    "How do I clean the {product}?",
    "Which {product} is the lightest?",
    "Can the {product} be returned after 30 days?",
    "What is the difference between the two sizes of the {product}?",
    "Is there a discount for ten pieces of the {product}?",
)
CODING_TASKS = (
    "The {module} tests fail on Fridays only. Find out why and fix it.",
    "Add a `--dry-run` option to the {module} command and document it.",
    "Replace the hand-written retry loop in {module} with the shared one.",
    "{module} leaks a connection when the client goes away in the middle of a response.",
    "Make the {module} page load in under a second for accounts with many rows.",
    "Write the migration that splits the {module} table by month.",
)
CODING_STEPS = (
    "I will read the {module} code first, then run its tests to see the failure.",
    "The date is compared without its time zone, so Friday evening counts as Saturday. I will compare in UTC.",
    "Two callers rely on the old behaviour. I will keep their signature and move the loop below it.",
    "The connection is returned in the happy path only. Moving it into a context manager covers the other paths.",
    "All {module} tests pass now. I added one for the case that failed, and it fails without the change.",
)
SENTENCES = (
    "The pilot of {topic} near {city} entered its second year with more participants than planned.",
    "Costs fell by {number} euros per household once the equipment was bought in one tender.",
    "Critics say that the figures leave out the winter, when demand is highest.",
    "A committee of eleven met twice and published its minutes the same evening.",
    "Engineers measured the effect at four places and found the largest one upstream.",
    "The mayor of {city} called the result encouraging and asked for a longer trial.",
    "Funding for {topic} ends next spring unless the council votes for an extension.",
    "Residents were invited to a workshop; about {number} of them came.",
    "An earlier attempt in {city} had failed for lack of spare parts.",
    "Both suppliers have offered to publish their measurements as open data.",
)
CODE_LINE = (
    "def load_{module}(account_id: str, *, since: datetime) -> list[Row]:",
    "    rows = connection.execute(query, {{'account_id': account_id, 'since': since}}).all()",
    "    return [Row.of(row) for row in rows if row.created_at >= since]",
    "    with {module}_lock(account_id):",
    "        retry(send, attempts=3, backoff=exponential(0.2))",
    "    logger.info('{module} finished', extra={{'rows': len(rows)}})",
    "    assert response.status_code == 200, response.text",
    "class {module}Error(Exception):",
)


def fill(template: str, dice: Random) -> str:
    """Puts words in the template's places."""
    return template.format(
        product=dice.choice(PRODUCTS),
        city=dice.choice(CITIES),
        module=dice.choice(MODULES),
        topic=dice.choice(TOPICS),
        number=dice.randint(10_000, 99_999),
    )


def pick(templates: tuple[str, ...], dice: Random) -> str:
    return fill(dice.choice(templates), dice)


def passage(dice: Random, sentences: int) -> str:
    """Prose of that many sentences."""
    return " ".join(pick(SENTENCES, dice) for _ in range(sentences))


def source_code(dice: Random, lines: int) -> str:
    return "\n".join(pick(CODE_LINE, dice) for _ in range(lines))
