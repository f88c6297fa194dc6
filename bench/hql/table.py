"""One line of the table that is printed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A figure, what it should be, and what it counts."""

    what: str
    figure: str
    target: str
    about: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.figure} | {self.target} | {self.about} |"
