"""Mask numbers that belong to a person: ID card, mobile phone, bank card. Text in, masked text out.

Done before a text is stored, logged or sent on. The rest of the sentence stays, with a word in
brackets where the number was, so that the question can still be answered. Digits may be of any
width or script, parted by spaces, dashes or dots. Numbers are found by their own check digits or by
the way people group them, because dates, months, sums and document numbers must stay.

Source: GB 11643-1999 (公民身份号码, check digit of ISO 7064 MOD 11-2); ISO/IEC 7812-1 (card numbers).
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

ID_NUMBER = "【身份证号】"
BANK_CARD = "【银行卡号】"
MOBILE = "【手机号】"

# What people put between groups of digits, invisible characters included.
_GAP = r"[\s.\-_·‐-―−－．＿\u00ad\u200b-\u200d\u2060\ufeff]{0,3}"
_RUN = re.compile(rf"\d(?:{_GAP}\d)*")
# × and the Cyrillic letter look the same as X on a phone's keyboard.
_CHECK_X = re.compile(rf"{_GAP}[xXｘＸ×хХ]")
_BEFORE_86 = re.compile(r"[+＋]\s?$")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
# The first two digits: provinces (11–65), Taiwan, Hong Kong and Macao permits of residence (71, 81–83).
PROVINCE = re.compile(r"[1-5]\d|6[1-5]|71|8[1-3]")
_ID_SHAPES = {(18,), (6, 8, 4), (15,), (6, 6, 3)}
_OLDEST_YEAR = 1900
_NEWEST_YEAR = 2099
MOBILE_NUMBER = re.compile(r"1[3-9]\d{9}")
_COUNTRY_CODES = ("86", "0086")
# 138 1234 5678 and the other ways of saying eleven digits aloud.
_MOBILE_SHAPES = {(11,), (3, 4, 4), (4, 4, 3), (4, 3, 4), (3, 3, 5), (3, 8), (7, 4), (1,) * 11}
_CARD_DIGITS = range(16, 20)
# Cards begin with 3 to 6, old domestic ones with 9; a list of years begins with 1 or 2.
_CARD_FIRST = "34569"


class Masked(NamedTuple):
    """A text without personal numbers, and the masks that were put into it, in order of kind."""

    text: str
    found: tuple[str, ...]


class _Run(NamedTuple):
    """Digits near each other: as ASCII, where each stands in the text, which group it is in, the groups."""

    digits: str
    places: list[int]
    group_of: list[int]
    groups: list[tuple[int, int]]

    def shape(self, begin: int, end: int) -> tuple[int, ...]:
        """Give the sizes of the groups from one digit up to another, cut where these cut them."""
        groups = self.groups[self.group_of[begin] : self.group_of[end - 1] + 1]
        return tuple(min(last, end) - max(first, begin) for first, last in groups)

    def whole(self, begin: int, end: int) -> bool:
        """Tell whether the digits begin and end where groups do."""
        return self.groups[self.group_of[begin]][0] == begin and self.groups[self.group_of[end - 1]][1] == end


class _Span(NamedTuple):
    start: int
    end: int


def mask(text: str) -> Masked:
    """Put a word in brackets in place of every ID number, bank card and mobile number.

    Linear in the length of the text. Masking a masked text changes nothing.
    """
    found: list[str] = []
    finders: tuple[tuple[str, Callable[[str, _Run], Iterator[_Span]]], ...] = (
        (ID_NUMBER, _id_numbers),
        (BANK_CARD, _bank_cards),
        (MOBILE, _mobiles),
    )
    for word, finder in finders:
        pieces: list[str] = []
        after = 0
        for match in _RUN.finditer(text):
            for span in finder(text, _run(match)):
                pieces += [text[after : span.start], word]
                after = span.end
                found.append(word)
        text = "".join(pieces) + text[after:]
    return Masked(text, tuple(found))


def check_digit(digits: str) -> str:
    """Give the last place of an ID number, a digit or X, from the 17 before it."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return _CHECK_DIGITS[total % 11]


def _run(match: "re.Match[str]") -> _Run:
    text = match.string
    places = [place for place in range(match.start(), match.end()) if text[place].isdecimal()]
    groups: list[tuple[int, int]] = []
    group_of: list[int] = []
    for number, place in enumerate(places):
        if number and place == places[number - 1] + 1:
            groups[-1] = (groups[-1][0], number + 1)
        else:
            groups.append((number, number + 1))
        group_of.append(len(groups) - 1)
    return _Run("".join(str(int(text[place])) for place in places), places, group_of, groups)


def _id_numbers(text: str, run: _Run) -> Iterator[_Span]:
    """Find 18 digits (or 17 and X) with a birthday and a right check digit, also inside a longer number.

    With a wrong check digit (a typing error) or in the old form of 15 digits only where the grouping says so.
    """
    at, count = 0, len(run.digits)
    while at < count:
        letter = _CHECK_X.match(text, run.places[-1] + 1) if at == count - 17 else None
        if letter and _is_id(run.digits[at:] + "X", strict=not run.whole(at, count)):
            yield _Span(run.places[at], letter.end())
            return
        for end in (at + 18, at + 15):
            if end > count or not (run.whole(at, end) or run.group_of[at] == run.group_of[end - 1]):
                continue
            usual = run.whole(at, end) and run.shape(at, end) in _ID_SHAPES
            if _is_id(run.digits[at:end], strict=not usual):
                yield _Span(run.places[at], run.places[end - 1] + 1)
                at = end - 1
                break
        at += 1


def _is_id(number: str, strict: bool) -> bool:
    """Tell whether this may be an ID number; `strict` asks for 18 places and a right check digit."""
    if len(number) == 15:
        return not strict and bool(PROVINCE.match(number)) and _is_day("19" + number[6:12])
    if number[0] == "0" or not _is_day(number[6:14]):
        return False
    return check_digit(number[:17]) == number[17] or (not strict and bool(PROVINCE.match(number)))


def _is_day(text: str) -> bool:
    try:
        return _OLDEST_YEAR <= date(int(text[:4]), int(text[4:6]), int(text[6:8])).year <= _NEWEST_YEAR
    except ValueError:
        return False


def _bank_cards(_text: str, run: _Run) -> Iterator[_Span]:
    def is_card(begin: int, end: int) -> bool:
        shape = run.shape(begin, end)
        fours = set(shape[:-1]) == {4} and shape[-1] <= 4
        six_first = shape[0] == 6 and min(shape) >= 2
        usual = len(shape) == 1 or ((fours or six_first or set(shape) == {1}) and run.digits[begin] in _CARD_FIRST)
        return usual and _luhn(run.digits[begin:end])

    for begin, end in _stretches(run, _CARD_DIGITS, is_card):
        yield _Span(run.places[begin], run.places[end - 1] + 1)


def _luhn(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and number[0] != "0"


def _mobiles(text: str, run: _Run) -> Iterator[_Span]:
    def code_of(begin: int, end: int) -> "str | None":
        for code in ("", *_COUNTRY_CODES):
            number = run.digits[begin:end]
            if number.startswith(code) and MOBILE_NUMBER.fullmatch(number, len(code)):
                shape = run.shape(begin + len(code), end)
                return code if shape in _MOBILE_SHAPES else None
        return None

    for begin, end in _stretches(run, range(11, 16), lambda begin, end: code_of(begin, end) is not None):
        start = run.places[begin]
        yield _Span(
            start - 1 if code_of(begin, end) and text[start - 1 : start] in ("+", "＋") else start,
            run.places[end - 1] + 1,
        )


def _stretches(run: _Run, sizes: range, accepts: Callable[[int, int], bool]) -> Iterator[tuple[int, int]]:
    """Give stretches of whole groups with so many digits that are accepted, longest first, none overlapping."""
    after = 0
    for number, (begin, _) in enumerate(run.groups):
        if begin < after:
            continue
        ends = [end for _, end in run.groups[number : number + sizes.stop] if end - begin in sizes]
        for end in reversed(ends):
            if accepts(begin, end):
                yield begin, end
                after = end
                break
