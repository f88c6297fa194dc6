"""What is wrong with a report of a call.

BadRequest (gateway/errors.py)
└── BadReport    a field of it cannot be what it is; the message names the field and the rule
"""

from gateway.errors import BadRequest


class BadReport(BadRequest):
    """One field of a report is not as it must be."""

    type = "bad_report"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"field `{field}`: {message}")
        self.field = field
        self.rule = message
