"""Read the answer to a question for a day or a month: 1976年9月, 76年9月5号, 1976-09, 一九七六年九月."""

from __future__ import annotations

import re
from datetime import date

from core.answers_words import only_filler
from core.fields import BadFact, Fact, Field
from core.numerals import NUMBER, read_number

_HAN_DIGIT = "[零〇○一二三四五六七八九]"
_YEAR = rf"(?P<year>(?:19|20)\d{{2}}|\d{{2}}|[一二]{_HAN_DIGIT}{{3}}|{_HAN_DIGIT}{{2}})"
_FORMS = (
    re.compile(rf"{_YEAR}年的?(?P<month>{NUMBER})月(?:份)?(?:(?P<day>{NUMBER})[日号]?)?"),
    re.compile(r"(?P<year>(?:19|20)\d{2})[-./](?P<month>\d{1,2})(?:[-./](?P<day>\d{1,2}))?(?!\d)"),
    re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>\d{2})?(?!\d)"),
)
_YEAR_ALONE = re.compile(rf"{_YEAR}年?")
_BORN = re.compile(r"出生|生日|阳历|公历|身份证上?|生")


def read_date_answer(field: Field, text: str, today: date) -> Fact | None:
    """Read a day (or, for a month, the month) as ISO text; None if the text says something else.

    Raises:
        BadFact: a year without its month, a month without its day where the day is needed, no such day, or one to come.
    """
    text = _BORN.sub("", text)
    for form in _FORMS:
        match = form.search(text)
        if match is not None and only_filler(field, text[: match.start()] + text[match.end() :]):
            return _iso(field, match, today)
    alone = _YEAR_ALONE.search(text)
    if alone is not None and only_filler(field, text[: alone.start()] + text[alone.end() :]):
        raise BadFact(field.id, f"“{field.title}”请连月份一起说，{_example(field)}。")
    return None


def _iso(field: Field, match: re.Match[str], today: date) -> str:
    year, month, day = (read_number(match[part]) if match[part] else None for part in ("year", "month", "day"))
    assert year is not None
    if year < 100:
        year += 2000 if year <= today.year % 100 else 1900
    if field.type == "date" and day is None:
        raise BadFact(field.id, f"“{field.title}”请连日子一起说，{_example(field)}。")
    try:
        found = date(int(year), int(month or 0), 1 if field.type == "month" else int(day or 0))
    except ValueError:
        raise BadFact(field.id, f"“{field.title}”没有这一天，请核对后再说一次，{_example(field)}。") from None
    if found > today:
        raise BadFact(field.id, f"“{field.title}”还没有到，请核对后再说一次，{_example(field)}。")
    return found.isoformat()[: 7 if field.type == "month" else 10]


def _example(field: Field) -> str:
    return "例如“1976年9月”" if field.type == "month" else "例如“2012年6月1日”"
