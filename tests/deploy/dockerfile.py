"""Reads the Dockerfile: its stages and what each image holds."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGES = ("gateway", "api", "pipelines", "app", "weir")


def stages() -> dict[str, str]:
    """The text of every stage, by name."""
    text = (ROOT / "Dockerfile").read_text()
    parts = re.split(r"^FROM \S+ AS (\S+)$", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def packages(image: str) -> set[str]:
    """The packages of ours that the image holds."""
    return set(re.findall(r"^COPY (\w+) \./\1$", stages()[image], flags=re.MULTILINE))


def distributions(image: str) -> set[str]:
    """The libraries that the image's lock installs, by normal name."""
    (source,) = re.findall(r"^COPY --from=(\S+) /venv /venv$", stages()[image], flags=re.MULTILINE)
    (lock,) = re.findall(r"^COPY (requirements/\S+\.lock) \.$", stages()[source], flags=re.MULTILINE)
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / lock).read_text(), flags=re.MULTILINE))
