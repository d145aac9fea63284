"""Points: the cases of tests/cases/points.yaml, what always holds, and files that must not load."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.fields import UNKNOWN, canonical
from core.points import NotInForce, estimate, load_schemes
from core.yamlfile import KnowledgeError

KNOWLEDGE = Path("knowledge")
SCHEMES = load_schemes(KNOWLEDGE / "points")
PROVINCIAL = SCHEMES["zhejiang-provincial"]
DAY = date(2026, 11, 24)
CASES = yaml.safe_load(Path("tests/cases/points.yaml").read_text("utf-8"))["cases"]
FILE = "zhejiang-provincial.yaml"


def sheet_of(case):
    scheme = SCHEMES[case["scheme"]]
    return estimate(scheme, canonical(scheme.fields, case["facts"]), case.get("day", DAY))


def spread(points):
    if points is None:
        return None
    return points.low if points.low == points.high else [points.low, points.high]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case):
    if "error" in case:
        with pytest.raises(NotInForce):
            sheet_of(case)
        return
    sheet = sheet_of(case)
    assert [field.id for field in sheet.missing] == case.get("missing", [])
    assert spread(sheet.total) == case.get("total")
    items = {item.id: spread(item.points) for item in sheet.items}
    assert {name: items[name] for name in case.get("items", {})} == case.get("items", {})
    for start in case.get("notes", []):
        assert any(note.startswith(start) for note in sheet.notes), sheet.notes
    if "advice" in case:
        assert sorted(sheet.advice) == sorted(case["advice"])
    for text in case.get("advises", []):
        assert any(text in line for line in sheet.advice), sheet.advice
    assert sheet.lower_bound == (sheet.total is not None and sheet.total.high is None)
    assert (sheet.refused is not None) == case.get("refused", False)
    assert (sheet.not_computable is not None) == case.get("not_computable", False)
    subtotals = {part.id: spread(part) if part.low is not None else None for part in sheet.subtotals}
    assert {name: subtotals[name] for name in case.get("subtotals", {})} == case.get("subtotals", {})
    if "gap" in case:
        assert [[gap.points, gap.year, gap.reached] for gap in sheet.gap] == case["gap"]


def test_a_day_before_the_rule_is_refused_with_the_rule_the_day_and_the_file():
    with pytest.raises(NotInForce) as caught:
        estimate(PROVINCIAL, {}, date(2023, 1, 1))
    for part in ("zhejiang-provincial", "2023-01-01", FILE):
        assert part in str(caught.value)
    assert "2023-07-26" in caught.value.sentence


def test_the_sheet_lists_the_city_part_without_points_and_says_that_it_is_not_counted():
    facts = {"age": 35, "education": "大专", "skill_level": "中级工"}
    facts |= {"social_insurance_months_province": 48, "residence_months_province": 60}
    sheet = estimate(PROVINCIAL, facts, DAY)
    city = next(item for item in sheet.items if item.id == "city_part")
    assert city.points is None
    assert city.max == 200
    assert [(part.id, part.low, part.high, part.max) for part in sheet.subtotals] == [
        ("provincial", 72, 72, 100),
        ("city", None, None, 200),
    ]
    assert any("市县个性指标" in note and "没有计入" in note for note in sheet.notes)
    assert any("转载" in note for note in sheet.notes)


def test_a_disputed_item_names_both_sources_and_the_disagreement():
    sheet = estimate(PROVINCIAL, {"education": "高中"}, DAY)
    item = next(item for item in sheet.items if item.id == "education")
    assert item.disputed
    assert len(item.sources) == 2
    assert "瑞安" in item.reason
    assert "北仑" in item.reason


def test_every_item_has_a_reason_a_limit_and_a_source():
    for item in estimate(PROVINCIAL, {}, DAY).items:
        assert item.reason
        assert item.max
        assert item.sources


FACTS = st.fixed_dictionaries(
    {
        "age": st.integers(18, 60) | st.just(UNKNOWN),
        "education": st.sampled_from(["初中及以下", "高中", "大专", "本科", "硕士", "博士", UNKNOWN]),
        "skill_level": st.sampled_from(["无", "初级工", "中级工", "高级工", "技师", "高级技师", UNKNOWN]),
        "title_level": st.sampled_from(["无", "初级职称", "中级职称", "高级职称", UNKNOWN]),
        "social_insurance_months_province": st.integers(0, 720) | st.just(UNKNOWN),
        "residence_months_province": st.integers(0, 1200) | st.just(UNKNOWN),
    }
)


@settings(max_examples=200, deadline=None)
@given(FACTS)
def test_a_total_is_the_sum_of_its_items_and_stays_within_the_limits(facts):
    sheet = estimate(PROVINCIAL, facts, DAY)
    counted = [item for item in sheet.items if item.points is not None]
    assert sheet.total.low == sum(item.points.low for item in counted)
    assert sheet.total.high == sum(item.points.high for item in counted)
    assert 0 <= sheet.total.low <= sheet.total.high <= 100
    assert all(0 <= item.points.low <= item.points.high <= item.max for item in counted)
    assert sheet.total.low * 4 == int(sheet.total.low * 4)


@settings(max_examples=100, deadline=None)
@given(FACTS, st.sampled_from(["social_insurance_months_province", "residence_months_province"]), st.integers(1, 200))
def test_more_months_never_lower_the_score_and_order_does_not_matter(facts, name, more):
    before = estimate(PROVINCIAL, facts, DAY).total
    assert estimate(PROVINCIAL, dict(reversed(facts.items())), DAY).total == before
    if facts[name] != UNKNOWN:
        after = estimate(PROVINCIAL, {**facts, name: facts[name] + more}, DAY).total
        assert after.low >= before.low
        assert after.high >= before.high


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(KNOWLEDGE / "points", tmp_path / "points")
    shutil.copytree(KNOWLEDGE / "lexicon", tmp_path / "lexicon")
    shutil.copytree(KNOWLEDGE / "fields", tmp_path / "fields")
    shutil.copy(KNOWLEDGE / "fields.yaml", tmp_path)
    return tmp_path / "points"


def test_a_value_is_given_from_its_day_until_the_next_one(folder):
    path = folder / FILE
    text = path.read_text("utf-8")
    old = '      "2023-07-26": {per: 0.5, cap: 30}\n'
    path.write_text(text.replace(old, old + '      "2026-01-01": {per: 1, cap: 40}\n'), "utf-8")
    scheme = load_schemes(folder)["zhejiang-provincial"]

    def months(day):
        items = estimate(scheme, {"social_insurance_months_province": 35}, day).items
        return next(item.points.low for item in items if item.id == "social_insurance")

    assert months(date(2025, 12, 31)) == 17.5
    assert months(date(2026, 1, 1)) == 35


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: linear_age", "kind: lineal_age", "unknown kind 'lineal_age'"),
        ("    part: provincial", "    part: provinical", "unknown part 'provinical'"),
        ("fields: [age]", "fields: [ages]", "unknown field 'ages'"),
        ("fields: [age]", "fields: [education]", "counts one number"),
        ("value: 大专}", "value: 大砖}", "'大砖' is no value of education"),
        ("base_points: 5,", "base_points: 5, bonus: 1,", "unknown key 'bonus'"),
        ("base_points: 5,", "base_points: 五,", "is no number"),
        ("documents: [ushui-v]", "documents: [ushui-w]", "unknown document 'ushui-w'"),
        ("documents: [ushui-v]", "documents: []", "without a source"),
        ('"2023-07-26": {youngest', "2023-07-26: {youngest", "put it in quotes"),
        ('"2023-07-26": {youngest', '"2023-07": {youngest', "is no day"),
        ("op: ==, value: 大专", "op: <, value: 大专", "has no order, so < says nothing"),
        ("        cap: 10\n        tiers:", "        cap: 9\n        tiers:", "differs from the best tier"),
        ("            points: {low: 0, high: 5}", "            points: 5", "`disputed`"),
        ("id: zhejiang-provincial\n", "id: zhejiang\n", "name both alike"),
        ("effective_to: null", "effective_to: 2023-01-01", "lies before effective_from"),
        (
            "- when: [{field: skill_level, op: ==, value: 中级工}]",
            "- when: []",
            "those after it are never reached",
        ),
    ],
)
def test_a_mistake_in_a_scheme_is_named_with_file_and_line(folder, old, new, message):
    path = folder / FILE
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_schemes(folder, documents={"ushui-v", "gansulong-013025fuh024", "hunanyuer-1293127"})
    assert f"{FILE}:" in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("hangzhou-residence-permit-points", "members: [education, skills]", "members: [education, skill]", "'skill'"),
        ("hangzhou-residence-permit-points", "members: [education, skills]", "members: [education, crime]", "one part"),
        ("hangzhou-residence-permit-points", "expr: 0.5 * social", "expr: 0.5 ^ social", "a formula holds"),
        ("hangzhou-residence-permit-points", "cities + 0.25 *", "cities + 0.25 * age *", "unknown field 'age'"),
        ("hangzhou-residence-permit-points", "kind: linear_age, youngest", "kind: linear, youngest", "unknown kind"),
        (
            "hangzhou-residence-permit-points",
            "    part: deduction\n    kind: deduct",
            "    part: base\n    kind: deduct",
            "deducts: true",
        ),
        ("hangzhou-residence-permit-points", "fields: [serious_crime]", "fields: [crimes_5y]", "one boolean field"),
        (
            "hangzhou-residence-permit-points",
            "field: honours_city, per: 30",
            "field: marrow, per: 30",
            "no numeric field",
        ),
        (
            "hangzhou-residence-permit-points",
            "{per: 2, unit: 20, cap: 20}",
            "{per: 2, unit: 二十, cap: 20}",
            "is no number",
        ),
        ("hangzhou-residence-permit-points", "    otherwise: 现在住的", "    more_: 现在住的", "unknown key"),
        (
            "hangzhou-residence-permit-points",
            "from: 2023-03-01, to: 2023-04-10",
            "from: 2023-03-01, to: 2023-02-10",
            "no span of days",
        ),
        ("hangzhou-residence-permit-points", "year: 2025, points: 100", "year: 2025, points: 一百", "is no number"),
        ("ningbo", "include: zhejiang-provincial", "include: zhejiang", "unknown scheme 'zhejiang'"),
        ("ningbo", "  - id: employment", "  - id: education", "stands twice"),
        ("ningbo", "            unclear: 自有", "            how: 自有", "go together"),
        ("taizhou-wenling", "every: 每年", "from: 每年", "a window has"),
        ("jinhua-yongkang", "when: [{field: talent_card, op", "when: [{field: talent_cart, op", "unknown field"),
    ],
)
def test_a_mistake_in_a_city_scheme_is_named_with_file_and_line(folder, name, old, new, message):
    path = folder / f"{name}.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_schemes(folder)
    assert caught.value.path == str(path)
    assert caught.value.line > 1
    assert message in str(caught.value)


def test_windows_of_past_years_are_called_past_and_the_year_after_is_not_promised():
    scheme = SCHEMES["hangzhou-residence-permit-points"]

    def times(day):
        return next(row.text for row in estimate(scheme, {}, day).about if row.title == "积分落户的受理时间")

    assert "2025 年 12 月 1 日至 12 月 31 日（正在受理）" in times(date(2025, 12, 5))
    assert "以后的没有收录" in times(DAY)
    assert "2024" not in times(DAY)
