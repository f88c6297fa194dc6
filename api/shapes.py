"""The two kinds of JSON the api deals in: what people send, and what we show."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Received(BaseModel):
    """A body people send; a field we do not know is refused, because it is most likely misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _can_be_written(cls, given: Any) -> Any:
        """Refuses what JSON can hold and no store or answer can: halves of characters, endless nesting."""
        try:
            if isinstance(given, dict):
                json.dumps(given, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise ValueError("it holds half a character, such as \\ud800 alone") from None
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        return given


class Shown(BaseModel):
    """A body we answer with."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
