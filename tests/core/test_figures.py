"""A figure in an answer without a listed source value is named; dates and steps are read as what they are."""

from datetime import date

import pytest

from core.entries import Document, NextStep, SourceRef, Variant
from core.figures import unbacked

DOCUMENT = Document(
    "d", "某办法（2022年修订）", "浙政办发〔2023〕38号", None, None, "2023-07-18", date(2026, 1, 1), "official", False
)


def variant(answer, values=None, phone=None):
    return Variant(
        regions=("330000",),
        answer=answer,
        details=None,
        next_step=NextStep("去问窗口", phone=phone),
        sources=(SourceRef("d", values or {}),),
        trust="official",
        disputed=None,
        notice=None,
        effective_from=date(2023, 7, 26),
        effective_to=None,
        reviewed=date(2026, 11, 24),
        review_by=date(2027, 5, 24),
    )


def named(answer, values=None, phone=None, phones=()):
    return [item.figure for item in unbacked(variant(answer, values, phone), {"d": DOCUMENT}, phones)]


@pytest.mark.parametrize(
    ("answer", "values"),
    [
        ("社保满12个月可以办。", {"月数": 12}),
        ("社保满一年可以办。", {"月数": 12}),
        ("社保满半年可以办。", {"年数": 0.5}),
        ("补贴1.2万元。", {"元": 12000}),
        ("上限1,500元。", {"元": 1500}),
        ("报销比例70%到80%。", {"比例": (70, 80)}),
        ("2022年7月1日起，4月10日截止。", {"施行": "2022-07-01", "截止": "04-10"}),
        ("2023年7月18日公布，2023年7月26日起施行。", None),
        ("2022年修订过。", None),
        ("依据浙政办发〔2023〕38号第3条。", None),
        ("小学一年级在同一天报名，每年一次。", None),
        ("2026年的标准没有查到。", None),
        ("1. 先登记\n2. 再申请", None),
    ],
)
def test_a_figure_with_a_source_value_passes(answer, values):
    assert named(answer, values) == []


@pytest.mark.parametrize(
    ("answer", "values", "figure"),
    [
        ("社保满24个月可以办。", {"月数": 12}, "24"),
        ("社保满三年可以办。", {"月数": 12}, "三年"),
        ("最多领两倍。", None, "两倍"),
        ("补贴1.2万元。", {"元": 1.3}, "1.2万"),
        ("2021年起施行。", None, "2021年"),
        ("5月20日截止。", {"截止": "04-10"}, "5月20日"),
        ("报销比例85%。", {"比例": (70, 80)}, "85"),
        ("请打88888888。", None, "88888888"),
    ],
)
def test_a_figure_without_one_is_named(answer, values, figure):
    assert named(answer, values) == [figure]


def test_a_hotline_is_no_figure_if_the_lexicon_or_the_next_step_has_it():
    assert named("请打12345。") == ["12345"]
    assert named("请打12345。", phones={"12345"}) == []
    assert named("请打0571-88888888。", phone="0571-88888888") == []
    assert named("补贴1200元，请打120。", phones={"120"}) == ["1200"]
    assert named("补贴120万元。", phones={"120"}) == ["120万"]
