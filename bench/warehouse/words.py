"""Text that compresses as text does: slices of a long stream of words whose frequencies follow Zipf's law.

A text that repeats itself would flatter every codec and every text index.
"""

from collections.abc import Sequence

import numpy as np

VOCABULARY = 40_000
_STREAM_WORDS = 3_000_000
_SENTENCE_WORDS = 12
_ONSETS = (
    *tuple("bcdfghjklmnprstvwz"),
    "br",
    "ch",
    "cl",
    "cr",
    "dr",
    "fl",
    "gr",
    "pl",
    "pr",
    "sh",
    "sl",
    "st",
    "th",
    "tr",
)
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ee", "io", "ou")
_CODAS = ("", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ck")


class Words:
    """A stream of words, the same for the same seed; needs no escaping in JSON."""

    def __init__(self, seed: int) -> None:
        dice = np.random.default_rng([seed, 1])
        self.vocabulary = _vocabulary(dice)
        """The words, the commonest first."""
        ranks = np.arange(1, VOCABULARY + 1)
        weights = 1 / (ranks + 2.7)
        drawn = dice.choice(VOCABULARY, size=_STREAM_WORDS, p=weights / weights.sum())
        words = np.array(self.vocabulary, dtype=object)[drawn]
        words[_SENTENCE_WORDS::_SENTENCE_WORDS] += "."
        self._stream = " ".join(words)
        self.length = len(self._stream)

    def slice(self, offset: int, length: int) -> str:
        """Returns text of about that many characters, beginning with a whole word."""
        start = self._stream.find(" ", offset % (self.length - length - 100)) + 1
        return self._stream[start : start + length]


def _vocabulary(dice: np.random.Generator) -> Sequence[str]:
    """Makes words of one to four syllables; common ones are shorter, as in languages."""
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        most = 1 + int(np.log10(len(found) + 10))
        word = "".join(
            _ONSETS[dice.integers(len(_ONSETS))]
            + _VOWELS[dice.integers(len(_VOWELS))]
            + _CODAS[dice.integers(len(_CODAS))]
            for _ in range(dice.integers(1, most + 1))
        )
        found.setdefault(word)
    return list(found)
