"""Answers in the residents' own words: the table of tests/cases/answers.yaml."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.answers import parse_answer
from core.fields import BadFact, Field, load_fields
from core.numerals import read_number

FIELDS = load_fields(Path("knowledge/fields.yaml"))
TODAY = date(2026, 11, 24)
TABLE = yaml.safe_load(Path("tests/cases/answers.yaml").read_text("utf-8"))["cases"]
CASES = [(field, case) for field, cases in TABLE.items() for case in cases]


@pytest.mark.parametrize(("field", "case"), CASES, ids=[f"{field}-{case['text']}" for field, case in CASES])
def test_case(field, case):
    # As the actions have it: rebuilt from the record that came over HTTP.
    asked = Field.from_record(FIELDS[field].record())
    if "refused" in case:
        with pytest.raises(BadFact) as caught:
            parse_answer(asked, case["text"], TODAY)
        assert case["refused"] in caught.value.sentence
        return
    value = parse_answer(asked, case["text"], TODAY)
    assert value == case["value"]
    assert type(value) is type(case["value"])


@pytest.mark.parametrize(
    "question",
    [
        *("租的房子能不能把户口迁过来", "落戶以後老家的承包地還在嗎", "居住证丢了怎么补", "杭州落户要多少分"),
        *("俺老婆能跟着一起迁不", "暂住证上哪办", "今天天气怎么样", "帮我写首诗", "护照怎么办", "为什么要问这个"),
        *("转人工", "不问了", "重新开始", "居住证过期了要紧不", "社保断了三个月影响积分吗", "谢谢", "上一题我答错了"),
    ],
)
def test_a_question_in_the_middle_is_no_answer_to_any_field(question):
    read = {name: parse_answer(field, question, TODAY) for name, field in FIELDS.items()}
    assert {name: value for name, value in read.items() if value is not None} == {}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_the_title_of_each_value_is_an_answer(field):
    for value in field.values:
        assert parse_answer(field, value.title, TODAY) == value.value
        assert field.check(value.value) == value.value


@given(st.text(max_size=60), st.sampled_from(sorted(FIELDS)))
def test_any_text_is_read_refused_or_left_alone(text, name):
    field = FIELDS[name]
    try:
        value = parse_answer(field, text, TODAY)
    except BadFact as error:
        refused = error.sentence
        value = None
    else:
        refused = None
    assert refused is None or "“" in refused
    assert value is None or field.check(value) == value


@given(st.integers(0, 720))
def test_months_are_read_back_in_every_writing(months):
    field = FIELDS["social_insurance_months_province"]
    years, rest = divmod(months, 12)
    for text in (f"{months}", f"{months}个月", f"{years}年零{rest}个月", f"大概{months}个月左右"):
        assert parse_answer(field, text, TODAY) == months


@given(st.dates(date(1930, 1, 1), TODAY))
def test_a_day_is_read_back_in_every_writing(day):
    asked = Field("day", "出生日期", "孩子是哪年哪月哪日出生的？", "date")
    digits = "〇一二三四五六七八九"
    year = "".join(digits[int(digit)] for digit in str(day.year))
    texts = [day.isoformat(), f"{day:%Y%m%d}", f"{day.year}.{day.month}.{day.day}", f"{day.year}/{day.month}/{day.day}"]
    texts += [f"{day.year}年{day.month}月{day.day}日", f"{year}年{han(day.month)}月{han(day.day)}号出生的"]
    assert {parse_answer(asked, text, TODAY) for text in texts} == {day.isoformat()}
    month = Field("month", "出生年月", "您是哪年哪月出生的？", "month")
    texts += [f"{day:%Y%m}", f"{day.year}-{day.month}", f"{day.year}年{day.month}月", f"{year}年{han(day.month)}月份"]
    assert {parse_answer(month, text, TODAY) for text in texts} == {day.isoformat()[:7]}


def han(number):
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + ("", *"一二三四五六七八九")[ones]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("四十八", 48),
        ("十", 10),
        ("二十", 20),
        ("一百零二", 102),
        ("一百二", 120),
        ("一百二十", 120),
        ("两千五", 2500),
        ("两千零五", 2005),
        ("一万两千", 12000),
        ("二〇一九", 2019),
        ("卅", 30),
        ("廿五", 25),
        ("三点五", Fraction(7, 2)),
        ("3.5", Fraction(7, 2)),
        ("048", 48),
        ("6万", 60000),
        ("8.5千", 8500),
        ("6万5", None),
        ("百三", None),
        ("十百", None),
        ("一直", None),
        ("", None),
    ],
)
def test_a_numeral_is_read(text, number):
    assert read_number(text) == number
