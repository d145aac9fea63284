"""Read the answer to a question for a number: an age, points, days, years or months."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from core.answers_spans import months_of_dates, months_of_span
from core.answers_words import only_filler
from core.fields import BadFact, Fact, Field
from core.numerals import NUMBER, read_number
from core.rules_expressions import plain

# Words with a numeral in them that count nothing.
_NO_NUMBER = re.compile(r"一共|一直|一起|一般|统一|第一次")
_ZERO = re.compile(
    r"我?(?:还|从来?|一直|都|也)?(?:没有?|无|未)(?:交|缴|办|登记|住|断|中断|签|租|参保|开始|满|有|打|加班)?(?:过|了|呢|啊|开|的)*(?:社保|积分|分|登记|合同|执照|居住登记)?"
    r"|零|刚来|刚到|刚开始|刚毕业|今年刚?毕业|应届"
)
_DAYS = {"今天": 0, "昨天": 1, "前天": 2, "半个月": 15, "半年": 183}
_OVERDUE = re.compile(r"过期|过了|超过|超了|逾期|已过|晚了")
_BIRTH = re.compile(rf"{NUMBER}年|属[鼠牛虎兔龙蛇马羊猴鸡狗猪]|虚岁")
_LEFT = re.compile(r"还有|还差|还剩")
_QUANTITY = re.compile(rf"({NUMBER})(?:(?P<unit>周岁|岁|分|年|个?月|天|日|块|元)钱?)?(?P<half>半)?")


def read_number_answer(field: Field, text: str, today: date) -> Fact | None:
    """Read a number in the field's unit; None if the text says something else.

    Raises:
        BadFact: out of bounds, or a birth year instead of an age.
        NotClear: a time that can be read in two ways.
    """
    text, low = _NO_NUMBER.sub("", text), field.minimum
    if low is not None and low <= 0 and _ZERO.fullmatch(text):
        return field.bounded(0)
    if field.type == "months":
        return _read_months(field, text, today)
    if field.unit == "天":
        return _read_days(field, text)
    if field.unit == "年" and (dated := _months_of_dates(field, text, today)) is not None:
        return _kept(field, round(Fraction(dated[0], 12), 2), dated[1])
    if field.unit == "年" and (span := months_of_span(text)) is not None:
        return _kept(field, span[0] / 12, span[1])
    if field.unit == "周岁" and _BIRTH.search(text):
        raise BadFact(field.id, f"“{field.title}”请直接说周岁数，例如 36（过了生日才加一岁）。")
    matches = list(_QUANTITY.finditer(text))
    if len(matches) != 1:
        return None
    match = matches[0]
    number, unit = read_number(match[1]), match["unit"]
    units = {"周岁": ("周岁", "岁"), "分": ("分",), "元": ("元", "块")}.get(field.unit or "", ())
    if number is None or (unit is not None and unit not in units):
        return None
    half = Fraction(1, 2) if match["half"] and field.type == "number" else 0
    return _kept(field, number + half, text[: match.start()] + text[match.end() :])


def _read_months(field: Field, text: str, today: date) -> Fact | None:
    if (dated := _months_of_dates(field, text, today)) is not None:
        return _kept(field, Fraction(dated[0]), dated[1])
    if (span := months_of_span(text)) is not None:
        months, rest = span
        return _kept(field, Fraction(int(months)), rest)
    return _bare(field, text)


def _months_of_dates(field: Field, text: str, today: date) -> tuple[int, str] | None:
    return months_of_dates(text, today, lambda rest: only_filler(field, rest))


def _read_days(field: Field, text: str) -> Fact | None:
    sign = 1
    if field.minimum is not None and field.minimum < 0:
        if _OVERDUE.search(text) or text.startswith("-"):
            sign = -1
        text = _LEFT.sub("", _OVERDUE.sub("", text)).removeprefix("-")
    for words, days in _DAYS.items():
        if words in text and only_filler(field, text.replace(words, "")):
            return field.bounded(sign * days)
    if (span := months_of_span(text)) is not None:
        months, rest = span
        # A year is 365 days, a month 30: enough for a question in days.
        days_in_span = months // 12 * 365 + months % 12 * 30
        return _kept(field, Fraction(sign * round(days_in_span)), rest)
    return _bare(field, text, sign)


def _bare(field: Field, text: str, sign: int = 1) -> Fact | None:
    matches = list(re.finditer(NUMBER, text))
    if len(matches) != 1:
        return None
    number = read_number(matches[0].group())
    if number is None:
        return None
    return _kept(field, sign * number, text[: matches[0].start()] + text[matches[0].end() :])


def _kept(field: Field, number: Fraction, rest: str) -> Fact | None:
    """Give a number as a fact if what stands around it says nothing else."""
    return field.bounded(plain(number)) if only_filler(field, rest) else None
