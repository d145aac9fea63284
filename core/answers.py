"""Read the answer to a question of the questionnaire, in the resident's own words.

`parse_answer` gives a fact, `UNKNOWN`, or None where the text is no answer to this question: a question in the
middle or another topic goes to the bot instead. An answer that names a value which cannot be raises `BadFact`
with a sentence for the resident. Everything that is not the answer itself must be a filler word or a word of the
question; so 居住证丢了怎么补 is never read as “有居住证”.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from core.answers_spans import VAGUE, NotClear, months_of_dates, months_of_span
from core.fields import UNKNOWN, BadFact, Fact, Field
from core.numerals import NUMBER, read_number
from core.rules_expressions import plain

# Characters of Traditional writing that occur in answers; the bot converts whole messages, a form may not.
_TRADITIONAL = str.maketrans(
    "個歲兩萬專學碩沒無辦證對過開現嗎麼點幾從來級職稱師還說記曉確寧溫紹興區縣臺麗義烏繳險買單業齡約為誰樣離總連續籤簽備東親戶間滿錢總體",
    "个岁两万专学硕没无办证对过开现吗么点几从来级职称师还说记晓确宁温绍兴区县台丽义乌缴险买单业龄约为谁样离总连续签签备东亲户间满钱总体",
)
_MARKS = re.compile(r"[\s!…:\"'“”‘’()（）【】\[\]<>《》]+")
_CLAUSES = re.compile(r"[,，。;；、]+|(?<!\d)\.|\.(?!\d)")
_QUESTION = re.compile(
    r"[?？]|吗|怎么|怎样|咋|如何|什么|啥|为何|多少|哪|几[个年月岁级分天]|能不能|可不可以|能否|是否|可以不|是不是|要不要|行不行|有没有|"
    r"算不算|会不会|谁|何时|多久|多长|请问|想问|问一下|问下|咨询"
)
_TURN = re.compile(r"但|不过|可是|除了|如果|要是|假如")
_NEGATION = re.compile(r"[不没未无非别莫]")
_UNKNOWN = re.compile(
    r"不知道|不清楚|不太清楚|不晓得|不确定|不太确定|说不准|说不好|说不清|不好说|忘记了?|忘了|记不清|记不得|不记得|没查过|没算过|没数过|"
    r"没印象|搞不清|弄不清|不懂|跳过|不方便说|不想说|保密|unknown"
)
# Around “不知道” even a question word is only a filler: 不知道有多少个月了.
_UNSURE_FILLER = re.compile(
    r"多少|几|多久|具体|算|哪一?级|哪一?年|什么时候|准确|确切|数|分|岁|天|年|个|月|到底|真的|也|都|了|是|有|啊|呢|吗|呀|哦|我"
)
_FILLER = re.compile(
    r"今年|现在|目前|已经|大概|大约|差不多|估计|可能|应该|左右|上下|刚刚|刚好|正好|整整|一共|总共|累计|加起来|合计|连续|缴纳|参保|社保|养老|"
    r"保险|居住|登记|合同|营业执照|执照|租房|租的?|这里|这边|这儿|当地|本地|毕业|学历|文凭|证书|一直|其实|就是|那个|哈哈|好像|开始|"
    r"非?全日制|统招|自考|成考|成人|函授|电大|在职|普通|浙江省?|杭州|宁波|温州|嘉兴|湖州|绍兴|金华|衢州|舟山|台州|丽水|义乌|"
    r"[我俺咱你您嗯额呃哦噢啊呀吧了的呢哈嘛啦哒喔诶哎约已有是满刚整共交缴住办签在大过也就才都到拿考领个前]"
)
# Words with a numeral in them that count nothing.
_NO_NUMBER = re.compile(r"一共|一直|一起|一般|统一|第一次")
_YES = ("有", "有的", "是", "是的", "对的", "没错", "办了", "办过", "办好了", "已办", "当然")
# These mean yes only when they are the whole answer: 能办居住证 is not a yes.
_YES_ALONE = ("对", "对啊", "嗯", "嗯嗯", "在", "可以", "能", "会", "要", "yes", "y", "ok")
_NO = (
    *(
        "没有",
        "没",
        "无",
        "不",
        "不是",
        "否",
        "没办",
        "没办过",
        "没有办",
        "还没",
        "还没有",
        "未",
        "未办",
        "没得",
        "木有",
    ),
    *("冇", "不在", "不能", "不会", "不要", "不对", "no", "n", "从来没有", "没有过"),
)
_ZERO = re.compile(
    r"我?(?:还|从来?|一直|都|也)?(?:没有?|无|未)(?:交|缴|办|登记|住|断|中断|签|租|参保|开始|满|有)?(?:过|了|呢|啊|开|的)*(?:社保|积分|分|登记|合同|执照|居住登记)?"
    r"|零|刚来|刚到|刚开始|刚毕业|今年刚?毕业|应届"
)
_DAYS = {"今天": 0, "昨天": 1, "前天": 2, "半个月": 15, "半年": 183}
_OVERDUE = re.compile(r"过期|过了|超过|超了|逾期|已过|晚了")
_LEFT = re.compile(r"还有|还差|还剩")
_QUANTITY = re.compile(rf"({NUMBER})(?P<unit>周岁|岁|分|年|个?月|天|日|块|元)?(?P<half>半)?")
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
    whole = _plain(text)
    if not whole:
        return None
    if whole == UNKNOWN or _is_unsure(field, whole):
        if field.allow_unknown:
            return UNKNOWN
        raise BadFact(field.id, f"要先知道“{field.title}”才能往下判断，请说一下。")
    exact = field.words.get(text.strip())
    if exact is not None:
        return exact
    if field.numeric and VAGUE.search(whole) and not re.search(r"[?？吗]|多少", whole):
        raise BadFact(field.id, f"“{field.title}”请说一个具体的数{_example(field)}，大概的也可以。")
    if _QUESTION.search(whole):
        return None
    try:
        # Two places in a row are one (宁波余姚), two in a list are not, so the marks between places stay.
        found = _read(field, whole if field.type == "place" else _CLAUSES.sub("", whole), today)
        return found if found is not None else _by_clauses(field, whole, today)
    except NotClear as error:
        raise BadFact(field.id, str(error)) from error


def _by_clauses(field: Field, whole: str, today: date) -> Fact | None:
    """Read the one clause that answers: 不是36个月，是48个月; 有的，去年办的."""
    clauses = [clause for clause in _CLAUSES.split(whole) if clause]
    if len(clauses) < 2 or _TURN.search(whole):
        return None
    found = {fact for clause in clauses if (fact := _read(field, clause, today)) is not None}
    return found.pop() if len(found) == 1 else None


def _read(field: Field, text: str, today: date) -> Fact | None:
    if field.type == "boolean":
        return True if text in _YES_ALONE else _read_words(field, text, _boolean_words(field))
    if field.values:
        found = _read_words(field, text, _choice_words(field))
        return _read_ordinal(field, text) if found is None else found
    return _read_number(field, text, today)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower().translate(_TRADITIONAL)
    return _MARKS.sub("", text).strip(",，。.;；/~")


def _word(text: str) -> str:
    return _CLAUSES.sub("", _plain(text))


def _is_unsure(field: Field, text: str) -> bool:
    rest = _CLAUSES.sub("", text)
    if not _UNKNOWN.search(rest):
        return False
    rest = _UNSURE_FILLER.sub("", _UNKNOWN.sub("", rest))
    return _only_filler(field, rest)


def _only_filler(field: Field, rest: str) -> bool:
    """Tell whether what stands around an answer says nothing else: fillers and words of the question itself."""
    rest = _FILLER.sub("", _CLAUSES.sub("", rest))
    return not _NEGATION.search(rest) and set(rest) <= _question_characters(field)


@lru_cache(maxsize=512)
def _question_characters(field: Field) -> frozenset[str]:
    return frozenset(_plain(field.title + field.question)) - frozenset("不没未无非别莫补断丢换改转退")


@lru_cache(maxsize=512)
def _boolean_words(field: Field) -> dict[str, Fact]:
    words: dict[str, Fact] = dict.fromkeys(_YES, True)
    words.update(dict.fromkeys(_NO, False))
    for value in field.values:
        words.update({_word(word): value.value for word in (value.title, *value.aliases)})
    return words


@lru_cache(maxsize=512)
def _choice_words(field: Field) -> dict[str, Fact]:
    return {_word(word): value for word, value in field.words.items()}


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
    if not _only_filler(field, rest):
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
    named = any(re.match(NUMBER, _plain(word)) for value in field.values for word in (value.title, *value.aliases))
    if not match["pick"] and (named or match["kind"] in ("个", "种", "条")):
        return None
    letter = match["number"]
    number = ord(letter) - ord("a") + 1 if letter.isascii() and letter.isalpha() else read_number(letter)
    if number is None or number != int(number):
        return None
    if not 1 <= number <= len(field.values):
        raise BadFact(field.id, f"“{field.title}”有 {len(field.values)} 个选项：{field.offered()}。请选其中一个。")
    return field.values[int(number) - 1].value


def _read_number(field: Field, text: str, today: date) -> Fact | None:
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
    if field.unit == "周岁" and re.search(r"出生|生的|年的|属[鼠牛虎兔龙蛇马羊猴鸡狗猪]|虚岁|年\Z", text):
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
    return months_of_dates(text, today, lambda rest: _only_filler(field, rest))


def _read_days(field: Field, text: str) -> Fact | None:
    sign = 1
    if field.minimum is not None and field.minimum < 0:
        if _OVERDUE.search(text) or text.startswith("-"):
            sign = -1
        text = _LEFT.sub("", _OVERDUE.sub("", text)).removeprefix("-")
    for words, days in _DAYS.items():
        if words in text and _only_filler(field, text.replace(words, "")):
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
    return field.bounded(plain(number)) if _only_filler(field, rest) else None


def _example(field: Field) -> str:
    return {"个月": "，例如“40 个月”", "周岁": "，例如“36”"}.get(field.unit or "", "")
