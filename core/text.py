"""Text as residents type it, brought to one form before anything reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Zero-width and direction marks that phones and copied web pages leave in a message.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
_SPACE_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]) (?=[\u3400-\u9fff])")


def strip_controls(text: str) -> str:
    """Drop NUL, other control characters and invisible marks; keep line breaks and tabs as they are."""
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs", "Co", "Cn"})
    return _INVISIBLE.sub("", kept)


def normalise(text: str, to_simplified: Callable[[str], str] | None = None) -> str:
    """Bring a message to the form that the tokenizer, the ranker and the matchers expect.

    NFKC (full-width digits and letters become ASCII), controls dropped, white space folded, blanks
    between Chinese characters dropped, and Traditional characters made Simplified by `to_simplified`
    (OpenCC where it is installed; `core` itself has no dictionary for that).
    A leading "/" is replaced, because Rasa reads it as a command and NFKC makes one of "／".
    """
    text = unicodedata.normalize("NFKC", strip_controls(text))
    text = _SPACES.sub(" ", text).strip()
    text = _SPACE_BETWEEN_HAN.sub("", text)
    if to_simplified is not None:
        text = to_simplified(text)
    return text.lstrip("/ ") if text.startswith("/") else text
