"""The two kinds of JSON the api deals in: what people send, and what we show."""

from pydantic import BaseModel, ConfigDict


class Received(BaseModel):
    """A body people send; a field we do not know is refused, because it is most likely misspelt."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Shown(BaseModel):
    """A body we answer with."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
