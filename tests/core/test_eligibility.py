"""Eligibility: what holds for every table, conditions one by one, and files that must not load."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.eligibility import Route, decide, load_tables
from core.fields import UNKNOWN, Field, load_fields
from core.knowledge import Snapshot
from core.rules_conditions import NOT_SAID, AnyOf, Condition, truth
from core.rules_expressions import parse
from core.yamlfile import KnowledgeError

KNOWLEDGE = Path("knowledge")
FIELDS = load_fields(KNOWLEDGE / "fields.yaml")
CHECKS = load_tables(KNOWLEDGE / "eligibility", FIELDS)
DAY = date(2026, 11, 24)


def facts_of(field: Field):
    if field.values:
        return st.sampled_from([value.value for value in field.values])
    if field.dated:
        days = st.dates(date(1950, 1, 1), date(2026, 11, 24))
        return days.map(lambda day: day.isoformat()[: 10 if field.type == "date" else 7])
    low = int(field.minimum)
    return st.integers(low, int(min(field.maximum, low + 130)))


@st.composite
def check_and_facts(draw):
    check = CHECKS[draw(st.sampled_from(sorted(CHECKS)))]
    facts = {}
    for field in check.fields:
        choice = draw(st.sampled_from(["said", "said", "said", "unsaid", "unknown"]))
        if choice == "said":
            facts[field.id] = draw(facts_of(field))
        elif choice == "unknown" and field.allow_unknown:
            facts[field.id] = UNKNOWN
    return check, facts


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(check_and_facts())
def test_every_decision_can_be_said_and_asks_only_what_was_not_said(given_facts):
    check, facts = given_facts
    decision = decide(check, facts, DAY)
    assert decision.answer
    assert decision.reason
    assert "{" not in decision.reason
    assert not {field.id for field in decision.missing} & facts.keys()
    assert all(field.default is None for field in decision.missing)
    if not decision.missing:
        assert decision.documents
    if decision.outcome == "likely":
        assert any("核实" in note for note in decision.notes)
    assert decide(check, dict(reversed(facts.items())), DAY) == decision


def test_the_first_check_of_a_topic_is_its_route():
    first = {check.topic: check for check in reversed(CHECKS.values())}
    routes = {check.topic: check for check in CHECKS.values() if isinstance(check, Route)}
    assert {"settlement.conditions", "schooling.compulsory_admission", "schooling.entrance_exam"} <= routes.keys()
    assert {topic: first[topic] for topic in routes} == routes


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(CHECKS)))
def test_the_questions_come_to_an_end(data, name):
    check, facts = CHECKS[name], {}
    for _ in range(14):
        missing = decide(check, facts, DAY).missing
        if not missing:
            break
        facts[missing[0].id] = data.draw(facts_of(missing[0]))
    assert decide(check, facts, DAY).missing == ()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(check_and_facts(), st.data())
def test_what_is_not_known_is_never_a_no_that_more_facts_could_turn_into_a_yes(given_facts, data):
    check, facts = given_facts
    if isinstance(check, Route):
        return
    decision = decide(check, facts, DAY)
    said = {**facts, **{f.id: f.default for f in check.fields if f.default is not None and f.id not in facts}}
    full = {f.id: data.draw(facts_of(f)) if said.get(f.id, UNKNOWN) == UNKNOWN else said[f.id] for f in check.fields}
    if decision.outcome in ("need_info", "likely") or decide(check, full, DAY).outcome == decision.outcome:
        return
    # A table decides without its optional facts: it asks on for them, or was told that nobody knows them.
    assert decision.missing or any(said.get(name) == UNKNOWN for name in check.optional)


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        (Condition("age", "<", 35), {"age": 34}, True),
        (Condition("age", "<", 35), {"age": 35}, False),
        (Condition("age", "<=", 35), {"age": 35}, True),
        (Condition("age", ">", 35), {}, None),
        (Condition("age", ">=", 35), {"age": UNKNOWN}, None),
        (Condition("home", "==", "租房"), {"home": "租房"}, True),
        (Condition("home", "!=", "租房"), {"home": "公租房"}, True),
        (Condition("home", "!=", "租房"), {}, None),
        (Condition("home", "in", ("租房", "公租房")), {"home": "公租房"}, True),
        (Condition("home", "not_in", ("租房",)), {"home": "租房"}, False),
        (Condition("home", "not_in", ("租房",)), {}, None),
        (Condition("age", "is_null"), {"age": UNKNOWN}, True),
        (Condition("age", "is_null"), {"age": 3}, False),
        (Condition("age", "is_null"), {}, None),
        (Condition("age", "is_not_null"), {"age": 3}, True),
        (Condition("age", "<", "$line"), {"age": 3, "line": 5}, True),
        (Condition("age", "<", "$line"), {"age": 3, "line": UNKNOWN}, None),
        (AnyOf((Condition("age", "<", 5), Condition("home", "==", "租房"))), {"home": "租房"}, True),
        (AnyOf((Condition("age", "<", 5), Condition("home", "==", "租房"))), {"home": "公租房"}, None),
        (AnyOf((Condition("age", "<", 5), Condition("home", "==", "租房"))), {"age": 9, "home": "公租房"}, False),
    ],
)
def test_a_condition_is_true_false_or_not_known(condition, facts, expected):
    assert truth(condition, facts) is expected


@pytest.mark.parametrize(
    ("text", "facts", "value"),
    [
        ("100 - hz_points", {"hz_points": 87.5}, 12.5),
        ("max(0, 6 - months)", {"months": 9}, 0),
        ("min(months * 0.25, 30)", {"months": 37}, 9.25),
        ("(months + 3) // 6", {"months": 15}, 3),
        ("months % 12", {"months": 14}, 2),
        ("100 - hz_points", {}, UNKNOWN),
        ("100 - hz_points", {"hz_points": UNKNOWN}, UNKNOWN),
        ("100 / months", {"months": 0}, UNKNOWN),
        ("15 if dystocia else 0", {"dystocia": True}, 15),
        ("3 if 0 < years <= 4 and not late else 6", {"years": 4, "late": False}, 3),
        ("ceil((m + 1) / 4)", {"m": 65}, 17),
        ("floor(years) + (1 if years - floor(years) >= 0.5 else 0)", {"years": 2.7}, 3),
        ("months(born) + 60 * 12", {"born": "1976-09"}, 2036 * 12 + 8),
        ("wage * 2 if known(wage) else 0", {"wage": NOT_SAID}, 0),
        ("wage * 2", {"wage": NOT_SAID}, NOT_SAID),
        ("0 if paid else wage", {"paid": True, "wage": NOT_SAID}, 0),
    ],
)
def test_a_computed_value_is_exact_or_not_known(text, facts, value):
    assert parse(text).value(facts) == value


@pytest.mark.parametrize("text", ["__import__('os')", "a.b", "a[0]", "lambda: 1", "max(a)", "2 ** 9", "a +", "f'{a}'"])
def test_a_formula_holds_arithmetic_only(text):
    with pytest.raises(ValueError, match=r"formula|takes two|unknown function"):
        parse(text)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(KNOWLEDGE / "eligibility", tmp_path / "eligibility")
    return tmp_path / "eligibility"


ALWAYS = "  - {id: R6b, when: [], outcome: refer, reason: 问窗口, documents: [bx9y-670811]}\n"
ELDER = "{field: elder_joins_child, op: ==, value: true}"
SKILL, ROUTE, APPLY = "settlement.hangzhou.skill.yaml", "settlement.any_way.yaml", "residence_permit.apply.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (SKILL, "office:", "offices:", "unknown key 'offices'"),
        (SKILL, "inputs: [skill_level, age", "inputs: [skill_levels, age", "unknown field 'skill_levels'"),
        (SKILL, "inputs: [skill_level, age", "inputs: [home, skill_level, age", "input 'home' changes no rule"),
        (SKILL, "inputs: [skill_level, age, ", "inputs: [skill_level, ", "unknown field 'age'"),
        (SKILL, "value: [无, 初级工, 中级工]", "value: [无, 初级工, 中级]", "'中级' is no value of skill_level"),
        (SKILL, "field: employed_in_city, op: ==", "field: employed_in_city, op: <", "has no order, so < says nothing"),
        (SKILL, "field: employed_in_city, op: ==", "field: employed_in_city, op: is", "unknown operator 'is'"),
        (SKILL, "employed_in_city, op: ==, value: false", "employed_in_city, op: ==, value: 0", "0 is no value"),
        (SKILL, "op: <, value: $months_needed", "op: <, value: $months", "unknown name '$months'"),
        (SKILL, "op: <, value: $months_needed", "op: <, value: 六", "which is no number"),
        (SKILL, "outcome: not_yet", "outcome: no", "unknown outcome False"),
        (SKILL, "outcome: not_yet", "outcome: nope", "unknown outcome 'nope'"),
        (SKILL, "documents: [bx9y-670811]\n  - id: R2", "documents: [bx9y]\n  - id: R2", "unknown document 'bx9y'"),
        (SKILL, "{months_short}", "{monthsshort}", "{monthsshort} is no dated or computed value"),
        (SKILL, "months_needed - social", "months_need - social", "unknown name 'months_need'"),
        (SKILL, 'at: {"2023-05-08": 6}', "at: {}", "needs dated values"),
        (SKILL, "  - id: R7\n    when:", ALWAYS + "  - id: R7\n    when:", "rule R7 is never reached, because R6b"),
        (SKILL, "  - id: R6\n", "  - id: R5\n", "rule R5 stands twice"),
        (SKILL, "inputs: [", "inputs: [social_insurance_months_province, ", "share a short name"),
        (SKILL, "id: settlement.hangzhou.skill\n", "id: settlement.hangzhou.skills\n", "name both alike"),
        (APPLY, "您现在的月数可能还不够", "您现在的月数可能还不到 12 个月", "a disputed rule gives no figure"),
        (ROUTE, "check: settlement.hangzhou.skill}", "check: settlement.hangzhou.skills}", "unknown table"),
        (ROUTE, "combine: first_then_detail", "combine: first", "unknown combination 'first'"),
        (ROUTE, "  - when: []\n", f"  - when: [{ELDER}]\n", "last branch"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_is_named_with_file_and_line(folder, file, old, new, message):
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    documents = set(Snapshot.load().documents)
    with pytest.raises(KnowledgeError) as caught:
        load_tables(folder, FIELDS, documents=documents)
    assert f"{file}:" in str(caught.value)
    assert message in str(caught.value)


def test_a_changed_dated_value_changes_the_decision_from_its_day(folder):
    path = folder / SKILL
    text = path.read_text("utf-8").replace('at: {"2023-05-08": 6}', 'at: {"2023-05-08": 6, "2027-01-01": 3}')
    path.write_text(text, "utf-8")
    table = load_tables(folder, FIELDS)["settlement.hangzhou.skill"]
    facts = {"skill_level": "技师", "age": 30, "employed_in_city": True, "stable_home_in_city": True}
    facts["social_insurance_months_local"] = 4
    before = decide(table, facts, date(2026, 12, 31))
    assert (before.outcome, before.rule) == ("not_yet", "R5")
    assert "还差 2 个月" in before.reason
    assert decide(table, facts, date(2027, 1, 1)).outcome == "eligible"
