"""Read the answer to a question for a day or a month.

2012年6月1日, 12年6月1号, 2012-6-1, 2012.6.1, 20120601, 二〇一二年六月一日, 去年6月1号; 1976年9月, 76年九月, 197609.
Days are those of the solar calendar, as on the identity card: a lunar one is asked for again.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from core.answers_words import only_filler
from core.fields import BadFact, Fact, Field
from core.numerals import read_number

_HAN_DIGIT = "[零〇○一二三四五六七八九]"
_RELATIVE = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}
_YEAR = rf"(?<!\d)(?P<year>\d{{4}}|\d{{2}}|[一二]{_HAN_DIGIT}{{3}}|{_HAN_DIGIT}{{2}})年"
_SOME_YEAR = rf"(?:{_YEAR}|(?P<relative>大前年|今年|去年|前年))的?"
_COUNT = r"(?:\d{1,2}|[零〇一二三四五六七八九十廿卅]{1,4})"
_MONTH_AND_DAY = rf"(?P<month>{_COUNT})月份?的?(?:(?P<day>{_COUNT})[日号]?)?(?!\d)"
_FORMS = (
    re.compile(_SOME_YEAR + _MONTH_AND_DAY),
    re.compile(r"(?<!\d)(?P<year>\d{4}|\d{2})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>\d{4}|[3-9]\d)[-./](?P<month>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})?(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>\d{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"),
)
_NO_MONTH = re.compile(rf"{_YEAR}|(?<!\d)(?:\d{{4}}|\d{{2}})(?!\d)")
_NO_YEAR = re.compile(_MONTH_AND_DAY)
_YEAR_LAST = re.compile(r"(?<!\d)\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d{2}(?!\d)")
_LUNAR = re.compile(rf"(?:农历|阴历|旧历|闰|正月|冬月|腊月|初[一二三四五六七八九十]|{_COUNT}|[年月日号\d])+")
_LUNAR_WORD = re.compile(r"农历|阴历|旧历|闰|正月|冬月|腊月|初[一二三四五六七八九十]")
_DAYS = {"今天": 0, "昨天": 1, "前天": 2}
_BORN = re.compile(r"出生|生日|阳历|公历|身份证上?|生|女儿|儿子|小孩|孩子|宝宝|娃娃?|老大|老二|[他她]")
# Numerals as on receipts.
_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾", "一二二三三四五六六七八九十")


def read_date_answer(field: Field, text: str, today: date) -> Fact | None:
    """Read a day (or, for a month, the month) as ISO text; None if the text says something else.

    Raises:
        BadFact: a part is missing, there is no such day, it is still to come, or it is of the lunar calendar.
    """
    text = _BORN.sub("", text).translate(_FORMAL)

    def around(match: re.Match[str]) -> bool:
        return only_filler(field, text[: match.start()] + text[match.end() :])

    for form in _FORMS:
        match = form.search(text)
        if match is not None and around(match):
            return _iso(field, match, today)
    if field.type == "date" and text in _DAYS:
        return (today - timedelta(days=_DAYS[text])).isoformat()
    if _LUNAR_WORD.search(text) and only_filler(field, _LUNAR.sub("", text)):
        raise _again(field, "请按阳历说，身份证、户口本上写的就是")
    for pattern, ask in (
        (_YEAR_LAST, "请先说年，再说月和日"),
        (_NO_MONTH, "请连月份一起说"),
        (_NO_YEAR, "请连年份一起说"),
    ):
        match = pattern.search(text)
        if match is not None and around(match):
            raise _again(field, ask)
    return None


def _iso(field: Field, match: re.Match[str], today: date) -> str:
    said = match.groupdict()
    month, day = (read_number(said[part]) if said.get(part) else None for part in ("month", "day"))
    if said.get("relative"):
        year = today.year - _RELATIVE[said["relative"]]
    else:
        year = int(read_number(said["year"]) or 0)
        if year < 100:
            year += 2000 if year <= today.year % 100 else 1900
    if field.type == "date" and day is None:
        raise _again(field, "请连日子一起说")
    try:
        found = date(year, int(month or 0), 1 if day is None else int(day))
    except ValueError:
        raise _again(field, "没有这一天，请核对后再说一次") from None
    if found.year < 1900:
        raise _again(field, "太早了，请核对后再说一次")
    if found > today:
        raise _again(field, "还没有到，请核对后再说一次")
    return found.isoformat()[: 7 if field.type == "month" else 10]


def _again(field: Field, ask: str) -> BadFact:
    example = "1976年9月" if field.type == "month" else "2012年6月1日"
    return BadFact(field.id, f"“{field.title}”{ask}，例如“{example}”。")
