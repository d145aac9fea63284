"""Each kind of mistake that the proofs find, in a small table written for it; and that our own tables have none."""

import time
from pathlib import Path

import pytest

from core.eligibility import load_tables
from core.entries import Document, Topic
from core.fields import load_fields
from core.knowledge import Snapshot
from core.rules_cases import Space, search
from core.rules_conditions import Condition
from core.rules_proofs import newest_day, problems, reminders

FIELDS = """
fields:
  - {id: months, title: 居住月数, question: 您住了几个月？, type: months, min: 0, max: 600}
  - {id: paid, title: 社保月数, question: 社保缴了几个月？, type: months, min: 0, max: 600}
  - id: permit
    title: 有居住证
    question: 您有居住证吗？
    type: boolean
    values: [{value: true, title: 有}, {value: false, title: 没有}]
"""
HEAD = """
id: {id}
topic: t
title: 一项判断
question: 我可以吗？
region: "330000"
office: 窗口
effective_from: 2020-01-01
effective_to: null
inputs: [{inputs}]
"""
DOCUMENTS = {"d": "official", "bad": "rejected"}


def document(id, trust):
    return Document(id, f"文件{id}", None, None, None, None, None, trust, False)


class Content:
    """A content folder with one table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "eligibility").mkdir()
        (folder / "lexicon").mkdir()
        self.fields(FIELDS)

    def fields(self, text):
        (self.folder / "fields.yaml").write_text(text, "utf-8")

    def table(self, rules, inputs="months", more="", id="x"):
        body = "rules:\n" + "\n".join(f"  - {rule}" for rule in rules)
        (self.folder / f"eligibility/{id}.yaml").write_text(HEAD.format(id=id, inputs=inputs) + more + body, "utf-8")

    def snapshot(self):
        fields = load_fields(self.folder / "fields.yaml")
        documents = {id: document(id, trust) for id, trust in DOCUMENTS.items()}
        tables = load_tables(self.folder / "eligibility", fields)
        topics = {"t": Topic("t", "主题", "", "组")}
        return Snapshot("0", topics, {}, documents, {}, None, None, fields, {}, tables)

    def problems(self):
        return "\n".join(problems(self.snapshot()))

    def reminders(self):
        return "\n".join(reminders(self.snapshot()))


@pytest.fixture
def content(tmp_path):
    return Content(tmp_path)


def rule(id, when, outcome="eligible", reason="原因。", documents="[d]", more=""):
    return f"{{id: {id}, when: [{when}], outcome: {outcome}, reason: {reason!r}, documents: {documents}{more}}}"


LESS = "{field: months, op: <, value: 6}"
MORE = '{field: months, op: ">=", value: 6}'


def test_a_sound_table_has_no_problem_and_nothing_to_look_at(content):
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE)])
    assert content.problems() == ""
    assert content.reminders() == ""


def test_our_own_tables_have_no_problem_and_are_proved_in_time():
    snapshot = Snapshot.load()
    began = time.process_time()
    assert list(problems(snapshot)) == []
    assert len(list(reminders(snapshot))) < len(snapshot.tables)
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        # Two borders that leave nothing between them.
        (
            [rule("R1", LESS, "not_yet"), rule("R2", MORE), rule("R3", "{field: months, op: ==, value: 7}", "refer")],
            "rule R3 is never reached, whatever is answered: R2 before it settles every such case",
        ),
        (
            [rule("R1", f"{MORE}, {LESS}", "not_yet"), rule("R2", "")],
            "rule R1 is never reached, whatever is answered: its own conditions cannot hold together",
        ),
        (
            [rule("R1", '{field: months, op: ">", value: 600}', "not_yet"), rule("R2", "")],
            "rule R1 is never reached",
        ),
    ],
    ids=["hidden by an earlier rule", "contradiction", "beyond the bounds"],
)
def test_a_rule_that_no_answers_reach_is_named(content, rules, says):
    content.table(rules)
    assert says in content.problems()


def test_a_rule_behind_two_that_share_its_cases_is_named_with_both(content):
    yes, no = (f"{{field: permit, op: ==, value: {value}}}" for value in ("true", "false"))
    last = rule("R3", MORE + ", {field: permit, op: is_not_null}", "refer")
    content.table([rule("R1", yes, "eligible"), rule("R2", no, "not_yet"), last, rule("R4", "")], "months, permit")
    assert "rule R3 is never reached, whatever is answered: R1, R2 before it settles" in content.problems()


def test_a_rule_behind_a_computed_value_is_found(content):
    more = 'values:\n  need: {title: 要满, unit: 月, documents: [d], at: {"2020-01-01": 24}}\n'
    more += "compute:\n  total: months + paid\n"
    short = '{field: total, op: "<", value: $need}'
    odd = "{field: total, op: ==, value: 23}"
    content.table([rule("R0", odd, "refer"), rule("R1", short, "not_yet"), rule("R2", "")], "months, paid", more)
    assert content.problems() == ""


def test_a_tail_for_whoever_knows_too_little_is_no_mistake(content):
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE), rule("R3", "", "need_info")])
    assert content.problems() == ""


def test_a_search_past_its_limit_goes_on_at_random_and_says_so(content, monkeypatch):
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE)])
    table = content.snapshot().tables["x"]
    space = Space.of(table, newest_day(table))
    monkeypatch.setattr("core.rules_cases.NODES", 0)
    found = search(space, table.rules[1].when, [table.rules[0].when], lambda facts: True)
    assert found.facts is not None
    assert not found.complete
    never = search(space, (Condition("months", ">", 600),), [], lambda facts: True)
    assert (never.facts, never.complete) == (None, False)


@pytest.mark.parametrize(
    ("more", "reason", "says"),
    [
        ('values:\n  n: {title: 要满, unit: 月, documents: [d], at: {"2020-01-01": 6}}\n', "原因。", "dated value 'n'"),
        ("compute:\n  n: months + 1\n", "原因。", "computed value 'n' is used by no rule"),
        (
            'values:\n  n: {title: 要满, unit: 月, documents: [bad], at: {"2020-01-01": 6}}\n',
            "要满 {n} 个月。",
            "dated value 'n' rests on 'bad', a rejected source",
        ),
        (
            'values:\n  n: {title: 要满, unit: 月, documents: [d], at: {"2020-01-01": "six"}}\n',
            "要满 {n} 个月。",
            "is 'six' from 2020-01-01, which is no number",
        ),
        ("verdicts:\n  eligible: {answer: 要满 {m} 个月。}\n", "原因。", "{m} is no dated or computed value"),
        (
            "verdicts:\n  need_info: {answer: 要满 {m} 个月。}\n",
            "原因。",
            "verdict need_info is shown as it is written",
        ),
        ("notes: ['要满 {m} 个月。']\n", "原因。", "a note is shown as it is written"),
    ],
)
def test_values_and_names_are_used_sourced_and_known(content, more, reason, says):
    more = more.replace("{answer: 要满 {m} 个月。}", "{answer: '要满 {m} 个月。'}")
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE, reason=reason)], more=more)
    assert says in content.problems()


@pytest.mark.parametrize(("documents", "says"), [("[bad]", "a rejected source"), ("[nowhere]", "is not in policies/")])
def test_a_rule_with_a_source_that_does_not_count_is_named(content, documents, says):
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE, documents=documents)])
    assert says in content.problems()


def test_a_value_that_begins_on_a_later_day_than_the_table_is_to_look_at(content):
    more = 'values:\n  need: {title: 要满, unit: 月, documents: [d], at: {"2022-05-01": 6}}\n'
    short, enough = "{field: months, op: <, value: $need}", '{field: months, op: ">=", value: $need}'
    content.table([rule("R1", short, "not_yet"), rule("R2", enough)], more=more)
    assert "'need' begins on 2022-05-01, the table on 2020-01-01" in content.reminders()


def test_an_unknown_topic_is_named(content):
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE)])
    snapshot = content.snapshot()
    snapshot.topics.clear()
    assert "unknown topic 't'" in "\n".join(problems(snapshot))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("您住了几个月？", "' '"), "months: has no question"),
        (("min: 0, max: 600}", "min: 9, max: 3}"), "bounds 9 to 3 leave no answer"),
        (("title: 没有", "title: 不清楚"), "the answer '不清楚' is not understood as False"),
    ],
)
def test_a_question_that_nobody_can_answer_is_named(content, change, says):
    content.fields(FIELDS.replace(*change, 1))
    when = "{field: permit, op: ==, value: true}"
    content.table([rule("R1", LESS, "not_yet"), rule("R2", when), rule("R3", "", "refer")], "months, permit")
    assert says in content.problems()


def test_a_likely_before_an_eligible_is_to_look_at_with_an_example(content):
    permit = "{field: permit, op: ==, value: true}"
    content.table([rule("R1", MORE, "likely"), rule("R2", permit), rule("R3", "", "not_yet")], "months, permit")
    line = content.reminders()
    assert "R1 (likely) is read before R2 (eligible) and both hold with" in line
    assert "有居住证：有" in line
    assert "居住月数：6 个月" in line


def test_a_way_in_before_a_no_by_the_same_fact_is_to_look_at(content):
    high = '{field: months, op: "<", value: 12}'
    content.table([rule("R1", MORE), rule("R2", high, "not_yet")])
    assert "R1 (eligible) is read before R2 (not_yet)" in content.reminders()


@pytest.mark.parametrize(
    "rules",
    [
        [rule("R1", "{field: permit, op: ==, value: true}"), rule("R2", LESS, "not_yet"), rule("R3", "")],
        [rule("R1", MORE, more=", veto: true"), rule("R2", '{field: months, op: "<", value: 12}', "not_yet")],
        [rule("R1", LESS, "not_yet"), rule("R2", '{field: months, op: "<=", value: 12}')],
    ],
    ids=["an exemption by another fact", "a veto", "what turns away stands first"],
)
def test_an_order_that_is_meant_is_not_to_look_at(content, rules):
    content.table(rules, "months, permit" if "permit" in rules[0] else "months")
    assert content.reminders() == ""


def test_a_branch_of_a_route_that_nobody_takes_is_named(content):
    content.table([rule("R1", LESS, "not_yet"), rule("R2", MORE)])
    (content.folder / "eligibility/way.yaml").write_text(
        "id: way\ntopic: t\ntitle: 路\nquestion: 走哪条？\nregion: '330000'\ninputs: [months]\nbranches:\n"
        f"  - {{when: [{LESS}], combine: any, ways: [{{check: x}}]}}\n"
        "  - {when: [{field: months, op: <, value: 3}], combine: any, ways: [{check: x}]}\n"
        "  - {when: [], combine: any, ways: [{check: x}]}\n",
        "utf-8",
    )
    assert "way.yaml: branch 2 is never taken" in content.problems()
