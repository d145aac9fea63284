"""Read an ID number, a mobile number or a one-time code as people type it; refuse what cannot be one.

Pure. The refusals are sentences for residents and never hold what was typed.

Source: GB 11643-1999 (公民身份号码).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from core.privacy import MOBILE_NUMBER, PROVINCE, check_digit

# A person who registers today was not born before this.
OLDEST_YEAR = 1900
CODE_DIGITS = 6
# Far more than anybody needs for 18 digits with gaps; what is longer is not read at all.
LIMIT_CHARACTERS = 64

_GAPS = re.compile(r"[\s.\-_·‐-―−－．＿\u00ad\u200b-\u200f\u2060\ufeff]")
_ALIKE = str.maketrans({"x": "X", "×": "X", "х": "X", "Х": "X"})
_COUNTRY_CODE = re.compile(r"(?:\+|00)?86(?=1)")


class BadNumber(ValueError):
    """What was typed cannot be what was asked for; `sentence` says why, without quoting it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def id_number(text: str, day: date) -> str:
    """Give an ID number as 18 places, X in capitals.

    Args:
        text: as typed; spaces, dashes, full-width digits, x and letters that look like it are taken.
        day: today; nobody was born after it.
    Raises:
        BadNumber: not 18 places, no birthday in it, no province in it, or a wrong check digit.
    """
    number = _plain(text)
    if re.fullmatch(r"[0-9]{15}", number):
        raise BadNumber("这是 15 位的旧身份证号，请填写现在的 18 位号码。")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise BadNumber("身份证号应当是 18 位：17 位数字，最后一位是数字或 X。请核对后再填。")
    if not PROVINCE.match(number) or not _is_birthday(number[6:14], day):
        raise BadNumber("身份证号里的地区或出生日期不对，请核对后再填。")
    if check_digit(number[:17]) != number[17]:
        raise BadNumber("身份证号的最后一位和前面对不上，可能有一位写错了，请核对后再填。")
    return number


def phone(text: str) -> str:
    """Give a mobile number of the mainland as 11 digits.

    Raises:
        BadNumber: it is none.
    """
    number = _COUNTRY_CODE.sub("", _plain(text), count=1)
    if not MOBILE_NUMBER.fullmatch(number):
        raise BadNumber("手机号应当是 1 开头的 11 位数字，请核对后再填。")
    return number


def one_time_code(text: str) -> str:
    """Give a one-time code as 6 digits.

    Raises:
        BadNumber: it is none.
    """
    number = _plain(text)
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", number):
        raise BadNumber(f"验证码是短信里的 {CODE_DIGITS} 位数字，请核对后再填。")
    return number


def _plain(text: str) -> str:
    """Take gaps out and turn digits of any width or script into ASCII."""
    if len(text) > LIMIT_CHARACTERS:
        return ""
    bare = _GAPS.sub("", unicodedata.normalize("NFKC", text))
    return "".join(str(int(c)) if c.isdecimal() else c for c in bare).translate(_ALIKE)


def _is_birthday(text: str, day: date) -> bool:
    try:
        return date(OLDEST_YEAR, 1, 1) <= date(int(text[:4]), int(text[4:6]), int(text[6:])) <= day
    except ValueError:
        return False
