"""Writes `.env.example` from the settings classes, so that it lists every variable with its meaning and default.

`make env` runs it; a test proves that the committed file is what it would write.
"""

import textwrap
from pathlib import Path

from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from api.settings import ApiSettings
from app.settings import AppSettings
from control.settings import BootstrapSettings
from gateway.settings import GatewaySettings
from pipelines.settings import PipelineSettings
from warehouse.embedded.settings import EmbeddedSettings
from weir.settings import InstanceSettings

GROUPS: tuple[tuple[str, type[BaseSettings]], ...] = (
    ("The instance: `weir up` gives these to every process", InstanceSettings),
    ("What the first start creates", BootstrapSettings),
    ("Gateway", GatewaySettings),
    ("API and HQL", ApiSettings),
    ("Pipelines", PipelineSettings),
    ("Dashboard", AppSettings),
    ("Embedded warehouse", EmbeddedSettings),
)

HEADER = """\
# Every setting of Weir, with its default. Copy this file to .env and uncomment what you change; variables that are set
# already win over the file. The object store's credentials are AWS's own variables, AWS_ACCESS_KEY_ID and
# AWS_SECRET_ACCESS_KEY; an operator's provider keys are the vendors' own, such as OPENAI_API_KEY.
"""


def render() -> str:
    """Returns the text of `.env.example`. A variable that several classes share stands in the first group."""
    seen: set[str] = set()
    parts = [HEADER]
    for title, settings in GROUPS:
        entries = [entry for name, entry in _entries(settings).items() if name not in seen]
        seen |= _entries(settings).keys()
        if entries:
            parts.append(f"\n# ── {title} ──\n\n" + "\n".join(entries))
    return "".join(parts)


def _entries(settings: type[BaseSettings]) -> dict[str, str]:
    prefix = settings.model_config.get("env_prefix", "")
    entries = {}
    for field, info in settings.model_fields.items():
        variable = f"{prefix}{field}".upper()
        default = "" if info.default in (None, PydanticUndefined) or info.default_factory else str(info.default)
        meaning = " ".join((info.description or "").split())
        entries[variable] = (
            f"{textwrap.fill(meaning, 116, initial_indent='# ', subsequent_indent='# ')}\n# {variable}={default}\n"
        )
    return entries


if __name__ == "__main__":
    Path(".env.example").write_text(render())
