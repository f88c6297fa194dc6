"""The gateway imports the catalogue and the dialects, and must start at once."""

import subprocess
import sys


def test_the_catalogue_and_the_dialects_load_nothing_heavy() -> None:
    code = (
        "import sys, providers.catalog, providers.dialects.dialect, providers.dialects.chat_completions.include_usage\n"
        "heavy = {'genai_prices', 'pydantic', 'httpx', 'httpx2', 'polars', 'asyncio', 'importlib.metadata'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_price_list_is_loaded_when_it_is_asked() -> None:
    code = "import sys, providers.pricing\nprint('genai_prices' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
