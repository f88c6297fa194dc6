"""What every script here shares: where the gateway is, and how a script tells what its client got.

A script makes its calls with one client library and prints one line of JSON for each; the test compares the lines with
what the gateway recorded.
"""

import json
import os
import sys

GATEWAY = os.environ["GATEWAY"]
KEY = os.environ["WEIR_KEY"]
OPENAI_MODEL = "gpt-5-mini"
ANTHROPIC_MODEL = "claude-haiku-4-5"
GEMINI_MODEL = "gemini-2.5-flash"
QUESTION = "How deep is the river?"


def got(call: str, text: str) -> None:
    """Tells the text that the client read out of the response to a call."""
    sys.stdout.write(json.dumps({"call": call, "text": text}) + "\n")
