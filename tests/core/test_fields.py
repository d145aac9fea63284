"""Fields are read strictly, travel as JSON and bring facts to one canonical value."""

import json
from pathlib import Path

import pytest

from core.fields import UNKNOWN, BadFact, Field, canonical, format_value, load_fields
from core.places import PROVINCE, Places
from core.yamlfile import KnowledgeError

KNOWLEDGE = Path("knowledge")
FIELDS = load_fields(KNOWLEDGE / "fields.yaml")
PLACES = Places.load(KNOWLEDGE / "lexicon" / "places.yaml")

AGE = "  - {id: age, title: 年龄, question: 多大？, type: integer, unit: 周岁, min: 1, max: 120}\n"


def read(tmp_path, text):
    path = tmp_path / "fields.yaml"
    path.write_text("fields:\n" + text, "utf-8")
    return load_fields(path)


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_field_travels_as_json_and_comes_back_the_same(field):
    record = json.loads(json.dumps(field.record()))
    assert Field.from_record(record).record() == field.record()
    assert record["ask"].rstrip("”）。").endswith(("？", "?")) or "？" in record["ask"]


@pytest.mark.parametrize("code", [code for code in PLACES.codes() if code != PROVINCE])
def test_every_place_of_the_province_is_covered_by_one_city_value(code):
    place = PLACES.get(code)
    value = FIELDS["city"].check(code)
    assert {FIELDS["city"].check(word) for word in (place.name, *place.words)} == {value}
    assert FIELDS["permit_city"].check(code) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("杭州市区", "330100-urban"),
        ("330106", "330100-urban"),
        ("杭州", "330100-urban"),
        ("杭州市桐庐县", "330122"),
        ("宁波市县(市)", "330200-counties"),
        ("慈溪", "330200-counties"),
        ("奉化", "330213"),
        ("温州", "330300-urban"),
        ("330326", "330300-counties"),
        ("温州市县(市)", "330300-counties"),
        ("义乌", "330700"),
    ],
)
def test_names_and_codes_of_places_are_understood(said, value):
    assert FIELDS["city"].check(said) == value


@pytest.mark.parametrize(
    ("field", "fact", "value"),
    [
        ("education", "高中/中职", "高中"),
        ("education", "大专", "大专"),
        ("age", 35, 35),
        ("age", 35.0, 35),
        ("hz_points", 88.5, 88.5),
        ("home", "自有产权房", "自有产权房"),
        ("home", None, UNKNOWN),
        ("age", "不知道", UNKNOWN),
        ("permit_city", "省内其他地方", "330000"),
        ("permit_city", "省外", "outside"),
        ("permit_city", "安徽", "outside"),
        ("original_retire_age", 55, "55"),
        ("original_retire_age", "女工人", "50"),
        ("birth_month", "1976-09", "1976-09"),
    ],
)
def test_a_fact_is_brought_to_its_canonical_value(field, fact, value):
    assert FIELDS[field].check(fact) == value


@pytest.mark.parametrize(
    ("field", "fact", "said"),
    [
        ("age", "三十五", "年龄"),
        ("age", True, "年龄"),
        ("age", 460, "1 到 120 周岁之间"),
        ("age", 0, "1 到 120"),
        ("age", 35.5, "整数"),
        ("age", float("nan"), "数字"),
        ("age", float("inf"), "年龄"),
        ("age", 10**400, "年龄"),
        ("age", [35], "年龄"),
        ("education", "幼儿园大班", "可以选：初中及以下"),
        ("education", 5, "最高学历"),
        ("city", "安徽", "办理的城市"),
        ("has_residence_permit", 1, "有效的浙江省居住证"),
        ("has_residence_permit", "true", "是或不是"),
        ("social_insurance_months_province", -1, "浙江省内社保累计月数"),
    ],
)
def test_a_fact_that_does_not_fit_is_refused_in_words(field, fact, said):
    with pytest.raises(BadFact) as caught:
        FIELDS[field].check(fact)
    assert said in caught.value.sentence


def test_one_short_name_means_another_field_in_another_check():
    facts = {"social_insurance_months": 48}
    province, local = FIELDS["social_insurance_months_province"], FIELDS["social_insurance_months_local"]
    assert canonical([province], facts) == {province.id: 48}
    assert canonical([local], facts) == {local.id: 48}
    assert canonical([local], {**facts, local.id: 12}) == {local.id: 12}
    assert canonical([local], {province.id: 48}) == {}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("age", 46, "46 周岁"),
        ("social_insurance_months_province", 48, "48 个月"),
        ("education", "大专", "大专"),
        ("has_residence_permit", False, "没有"),
        ("city", "330300-counties", "温州其他县（市）"),
        ("hz_points", UNKNOWN, "不清楚"),
        ("hz_points", 88.5, "88.5 分"),
        ("gap_days", 0, "0 天"),
    ],
)
def test_a_fact_is_said_back_in_words(field, value, said):
    assert format_value(FIELDS[field], value) == said


def test_defaults_are_never_needed_to_be_asked_and_fit_their_field():
    assert FIELDS["serious_crime"].default is False
    assert FIELDS["gap_days"].default == 0


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (AGE.replace("unit", "units"), 2, "unknown key 'units'"),
        (AGE + AGE, 3, "stands twice"),
        (AGE.replace("integer", "int"), 2, "unknown type 'int'"),
        (AGE.replace(", min: 1, max: 120", ""), 2, "needs min and max"),
        (AGE.replace("max: 120", "max: 120, default: 200"), 2, "the default does not fit"),
        ("  - {id: a, title: 甲, question: 甲？, type: choice}\n", 2, "needs values"),
        ("  - {id: a, title: 甲, question: 甲？, type: boolean, values: [有, 没有]}\n", 2, "true and false"),
        (
            "  - {id: a, title: 甲, question: 甲？, type: choice,\n"
            "     values: [{value: 一, aliases: [三]}, {value: 二, aliases: [三]}]}\n",
            3,
            "'三' names two values",
        ),
        ("  - {id: a, title: 甲, question: 甲？, type: choice, values: [{value: 330100}]}\n", 2, "does not fit type"),
        (AGE + "  - {id: b, title: 乙, type: integer, min: 0, max: 1}\n", 3, "key 'question' is missing"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path, text, line, message):
    with pytest.raises(KnowledgeError) as caught:
        read(tmp_path, text)
    assert f"fields.yaml:{line}: " in str(caught.value)
    assert message in str(caught.value)
