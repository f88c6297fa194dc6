"""Gemini cuts words and thoughts into many parts; what follows each other is one."""

from providers.translation import neutral


def joined(parts: list[neutral.Part]) -> list[neutral.Part]:
    """Returns the parts with neighbours of a kind made one; a signature ends the thought it is found on."""
    whole: list[neutral.Part] = []
    for part in parts:
        last = whole[-1] if whole else None
        if isinstance(part, neutral.Text) and isinstance(last, neutral.Text):
            whole[-1] = neutral.Text(last.text + part.text)
        elif isinstance(part, neutral.Thought) and isinstance(last, neutral.Thought) and last.signature is None:
            whole[-1] = neutral.Thought(last.text + part.text, part.signature)
        else:
            whole.append(part)
    return whole
