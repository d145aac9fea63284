"""Read the answer to a question of the questionnaire, in the resident's own words.

`parse_answer` gives a fact, `UNKNOWN`, or None where the text is no answer to this question: a question in the
middle or another topic goes to the bot instead. An answer that names a value which cannot be raises `BadFact`
with a sentence for the resident. Everything that is not the answer itself must be a filler word or a word of the
question; so 居住证丢了怎么补 is never read as “有居住证”.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from itertools import pairwise

from core.answers_dates import read_date_answer
from core.answers_numbers import read_number_answer
from core.answers_spans import VAGUE, NotClear
from core.answers_words import CLAUSES, asks, is_unsure, joined, only_filler, tidy, turns
from core.fields import UNKNOWN, BadFact, Fact, Field
from core.numerals import NUMBER, read_number

_YES = ("有", "有的", "是", "是的", "对的", "没错", "办了", "办过", "办好了", "已办", "当然")
# These mean yes only when they are the whole answer: 能办居住证 is not a yes.
_YES_ALONE = ("对", "对啊", "嗯", "嗯嗯", "在", "可以", "能", "会", "要", "yes", "y", "ok")
_NO = (
    *("没有", "没", "无", "不", "不是", "否", "没办", "没办过", "没有办", "未", "未办", "没得", "木有", "冇", "不在"),
    *("不能", "不会", "不要", "不对", "no", "n", "从来没有", "没有过"),
)
_ORDINAL = re.compile(
    rf"(?:我)?(?P<pick>选择?第?|第)?(?P<number>{NUMBER}|[a-h])(?P<kind>个|项|种|号|条)?(?:吧|的|那个)?\Z"
)


def parse_answer(field: Field, text: str, today: date) -> Fact | None:
    """Read a text as the answer to a field's question.

    Args:
        field: the question that was asked.
        text: what the resident wrote, or the value of a button.
        today: the day in Asia/Shanghai, for answers such as 2019年3月到现在.
    Returns:
        A fact of the field, `UNKNOWN` for 不知道, or None if the text is no answer to this question.
    Raises:
        BadFact: it is an answer, but one that cannot be (460 岁), or that names no clear value (三年多).
    """
    whole = tidy(text)
    if not whole:
        return None
    if whole == UNKNOWN or is_unsure(field, whole):
        if field.allow_unknown:
            return UNKNOWN
        raise BadFact(field.id, f"要先知道“{field.title}”才能往下判断，请说一下。")
    exact = field.words.get(text.strip())
    if exact is not None:
        return exact
    if field.numeric and VAGUE.search(whole) and only_filler(field, VAGUE.sub("", whole)):
        raise BadFact(field.id, f"“{field.title}”请说一个具体的数{_example(field)}，大概的也可以。")
    if asks(whole):
        return None
    try:
        # Two places in a row are one (宁波余姚), two in a list are not, so the marks between places stay.
        found = _read(field, whole if field.type == "place" else CLAUSES.sub("", whole), today)
        return found if found is not None else _by_clauses(field, whole, today)
    except NotClear as error:
        raise BadFact(field.id, str(error)) from error


def _by_clauses(field: Field, whole: str, today: date) -> Fact | None:
    """Read the one clause that answers: 不是36个月，是48个月; 有的，去年办的."""
    clauses = [clause for clause in CLAUSES.split(whole) if clause]
    if len(clauses) < 2 or turns(whole):
        return None
    found = {fact for clause in clauses if (fact := _read(field, clause, today)) is not None}
    return found.pop() if len(found) == 1 else None


def _read(field: Field, text: str, today: date) -> Fact | None:
    if field.type == "boolean":
        return True if text in _YES_ALONE else _read_words(field, text, _boolean_words(field))
    if field.values:
        found = _read_words(field, text, _choice_words(field))
        return _read_ordinal(field, text) if found is None else found
    return read_date_answer(field, text, today) if field.dated else read_number_answer(field, text, today)


@lru_cache(maxsize=512)
def _boolean_words(field: Field) -> dict[str, Fact]:
    words: dict[str, Fact] = dict.fromkeys(_YES, True)
    words.update(dict.fromkeys(_NO, False))
    for value in field.values:
        words.update({joined(word): value.value for word in (value.title, *value.aliases)})
    return words


@lru_cache(maxsize=512)
def _choice_words(field: Field) -> dict[str, Fact]:
    return {joined(word): value for word, value in field.words.items()}


@lru_cache(maxsize=512)
def _pattern(field: Field) -> re.Pattern[str]:
    words = _boolean_words(field) if field.type == "boolean" else _choice_words(field)
    return re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word))


def _read_words(field: Field, text: str, words: dict[str, Fact]) -> Fact | None:
    """Find the one value that a text names, with nothing but fillers around it."""
    matches = list(_pattern(field).finditer(text))
    if not matches:
        return None
    rest = _pattern(field).sub("", text)
    if not only_filler(field, rest):
        return None
    if field.type == "place":
        # 宁波余姚, 浙江杭州: the more specific name stands last; 宁波、杭州 are two places.
        between = [text[a.end() : b.start()] for a, b in pairwise(matches)]
        return words[matches[-1].group()] if all(gap in ("", "的", "市", "市的") for gap in between) else None
    found = {words[match.group()] for match in matches}
    if field.type == "boolean" and "不是没" in text:
        return None
    return found.pop() if len(found) == 1 else None


def _read_ordinal(field: Field, text: str) -> Fact | None:
    """Read 选2, 第二个, 2, 最后一个 as the position of a value."""
    if text in ("最后一个", "最后一项", "选最后一个"):
        return field.values[-1].value
    match = _ORDINAL.match(text)
    if match is None:
        return None
    # A bare number names a value only where no value is itself called by a number: 三级 is no third choice.
    named = any(re.match(NUMBER, tidy(word)) for value in field.values for word in (value.title, *value.aliases))
    if not match["pick"] and (named or match["kind"] in ("个", "种", "条")):
        return None
    letter = match["number"]
    number = ord(letter) - ord("a") + 1 if letter.isascii() and letter.isalpha() else read_number(letter)
    if number is None or number != int(number):
        return None
    if not 1 <= number <= len(field.values):
        raise BadFact(field.id, f"“{field.title}”有 {len(field.values)} 个选项：{field.offered()}。请选其中一个。")
    return field.values[int(number) - 1].value


def _example(field: Field) -> str:
    return {"个月": "，例如“40 个月”", "周岁": "，例如“36”"}.get(field.unit or "", "")
