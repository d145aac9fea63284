"""What a resident typed, made fit to keep and to pass on. Pure: text in, text out."""

import unicodedata
from typing import NamedTuple

from core.privacy import mask

# Enough for any question we have seen; longer ones are several questions.
LIMIT_CHARACTERS = 500
# A number that the cut would leave in part is masked before the cut.
_MARGIN_CHARACTERS = 100
_KEPT_CONTROLS = "\n\t"
# Invisible, or able to turn the order of what others read. The joiner of emoji (U+200D) stays.
_INVISIBLE = set("\u00ad\u200b\u200e\u200f\u2028\u2029\u2060\ufeff") | {
    chr(code) for start, end in ((0x202A, 0x202E), (0x2066, 0x2069), (0xFFF9, 0xFFFB)) for code in range(start, end + 1)
}


class Typed(NamedTuple):
    """A message as we keep it, as the bot gets it, and how long it was.

    `kept` is masked and at most the limit (and an ellipsis) long; `said` is empty when there is nothing to answer.
    """

    kept: str
    said: str
    characters: int

    @property
    def too_long(self) -> bool:
        """True when the resident wrote more than one turn takes."""
        return self.characters > LIMIT_CHARACTERS


def typed(text: str) -> Typed:
    """Strip control characters, mask personal numbers, cut what is too long, disarm a leading slash."""
    clean = "".join(character for character in text.replace("\r\n", "\n") if _is_kept(character)).strip()
    masked = mask(clean[: LIMIT_CHARACTERS + _MARGIN_CHARACTERS]).text
    kept = masked if len(clean) <= LIMIT_CHARACTERS else masked[:LIMIT_CHARACTERS] + "……"
    return Typed(kept, _without_slash(kept) if _is_visible(kept) else "", len(clean))


def _is_kept(character: str) -> bool:
    # Cc: control, NUL among them. Cs: half of a pair, which no database takes. Cn: not a character at all.
    if character in _KEPT_CONTROLS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cs", "Cn") and character not in _INVISIBLE


def _is_visible(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LNPS" for character in text)


def _without_slash(text: str) -> str:
    """Take off slashes in front, of any width: only buttons that we issued may carry an intent."""
    while text and unicodedata.normalize("NFKC", text[0])[:1] in ("/", " ", "\n", "\t"):
        text = text[1:]
    return text
