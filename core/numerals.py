"""Chinese and Arabic numerals as people write them: 48, 6万, 四十八, 两百, 一百二 (120), 二〇一九, 三点五, 廿五."""

from __future__ import annotations

import re
from fractions import Fraction

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2, "俩": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
# Written after digits: 6万, 8.5千.
_AFTER_DIGITS = {"千": 1000, "万": 10000}
_TENS = {"廿": "二十", "卅": "三十"}

_HAN = "零〇○一二两俩三四五六七八九十百千万廿卅"
# One number, for use inside other patterns.
NUMBER = rf"(?:\d+(?:\.\d+)?[千万]?|[{_HAN}]+(?:点[零〇一二三四五六七八九]+)?)"
_WHOLE = re.compile(rf"{NUMBER}\Z")


def read_number(text: str) -> Fraction | None:
    """Read a text that is one number and nothing else.

    Returns:
        Its exact value, or None if it is no number, such as 百三 or 一直.
    """
    if not _WHOLE.match(text):
        return None
    if text[0].isdigit():
        return Fraction(text.rstrip("千万")) * _AFTER_DIGITS.get(text[-1], 1)
    for short, long in _TENS.items():
        text = text.replace(short, long)
    whole, _, decimals = text.partition("点")
    value = _read_whole(whole)
    if value is None:
        return None
    if decimals:
        return value + Fraction(int("".join(str(_DIGITS[c]) for c in decimals)), 10 ** len(decimals))
    return Fraction(value)


def _read_whole(text: str) -> int | None:
    if all(c in _DIGITS for c in text):
        # Digits one by one, as years are said: 二〇一九.
        return int("".join(str(_DIGITS[c]) for c in text))
    high, ten_thousand, low = text.partition("万")
    if not ten_thousand:
        return _read_below_ten_thousand(text)
    left = _read_below_ten_thousand(high) if high else None
    right = _read_below_ten_thousand(low) if low else 0
    return None if left is None or right is None else left * 10000 + right


def _read_below_ten_thousand(text: str) -> int | None:
    total, digit, last_unit = 0, None, 10000
    for character in text:
        if character in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[character]
            continue
        unit = _UNITS.get(character, 0)
        if not unit or unit >= last_unit or (digit is None and character != "十"):
            return None
        total += (1 if digit is None else digit) * unit
        digit, last_unit = None, unit
    if digit:
        # 一百二 is 120, 一百零二 is 102.
        short = last_unit > 10 and last_unit < 10000 and text[-2] not in "零〇○"
        total += digit * (last_unit // 10 if short else 1)
    return total
