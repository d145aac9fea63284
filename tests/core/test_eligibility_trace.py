"""Why a check came out as it did: the trace for programs, the sentences for residents, over the real tables."""

import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from core.eligibility import NotInForce, decide
from core.eligibility_trace import explanation, record
from core.fields import canonical
from core.knowledge import Snapshot
from core.rules_conditions import AnyOf, Condition, truth

DAY = date(2026, 11, 24)
SNAPSHOT = Snapshot.load()
FILES = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path("tests/cases/eligibility").glob("*.yaml"))]
CASES = [(file["check"], case) for file in FILES for case in file["cases"] if "error" not in case]


def told(check, facts, day=DAY):
    """Give the decision, its trace and its sentence."""
    table = SNAPSHOT.tables[check]
    known = canonical(table.fields, facts)
    decision = decide(table, known, day)
    arguments = decision, known, day, SNAPSHOT.documents
    return decision, record(*arguments), explanation(*arguments)


def test_what_lacks_is_told_with_the_day_the_number_holds_from_and_the_source():
    _, _, text = told("residence_permit.apply", {"city": "绍兴市", "registered_months": 4, "basis": "稳定就业"})
    assert text == (
        "先看“居住登记满几个月”：您是4个月，规定从2016-07-01起要满6个月，还差2个月。"
        "依据：“电子《浙江省居住证》3月4日起可申领（处州晚报）”、《2022年金华市电子居住证申领条件》。"
    )


def test_what_is_met_is_told_condition_by_condition():
    facts = {"city": "嘉兴市", "residence_months": 15, "rent_registered_months": 7}
    _, _, text = told("settlement.renting", facts)
    assert text.startswith(
        "先看“办理的城市”：您说的是“嘉兴市”；再看“全市连续居住月数”：您是15个月，规定要满12个月，够了；"
        "再看“现租房登记居住月数”：您是7个月，规定要满6个月，够了。依据："
    )


def test_a_rule_without_conditions_is_told_by_the_obstacles_that_were_not_there():
    facts = {"contribution_months": 30, "involuntary": True, "unemployment_registered": True, "seeking_job": True}
    _, _, text = told("insurance.unemployment.eligible", facts)
    assert "“在领养老金”：您没有说，按“没有”算，符合" in text
    assert "“失业保险累计月数”：您是30个月，规定要满12个月，够了" in text
    assert "要求是" not in text


def test_two_ways_in_that_both_lacked_something_are_told_as_alternatives():
    facts = {"city": "金华", "place_is_town": True, "home": "借住亲友", "employed_in_city": False}
    _, _, text = told("settlement.outside_hangzhou", facts)
    assert "要求是“自己买的房”或“租房”或“公租房”；或者看“近亲属已是当地户口”" in text


def test_a_condition_that_an_open_way_asks_for_too_is_never_told_as_lacking():
    facts = {"education": "大专", "full_time_degree": True, "age": 30, "employed_in_city": False}
    decision, _, text = told("settlement.hangzhou.education", facts)
    assert decision.outcome == "not_yet"
    assert decision.gap == (), "nobody has to become 35 for a way that closes at 35"
    assert "还差" not in text


def test_an_upper_limit_that_is_passed_is_told_as_one():
    facts = {"skill_level": "高级工", "age": 36, "social_insurance_months": 24}
    _, _, text = told("settlement.hangzhou.skill", {**facts, "stable_home_in_city": True, "employed_in_city": True})
    assert "您是36周岁，规定从2023-05-08起要不满35周岁，已经过了" in text


def test_a_disputed_rule_gives_no_figure_in_words_or_conditions():
    facts = {"city": "杭州市区", "registered_months": 8, "basis": "稳定就业", "social_insurance_months": 6}
    _, trace, text = told("residence_permit.apply", facts)
    assert "您是6个月，要多少，资料说法不一" in text
    assert "12" not in text
    disputed = [rule for rule in trace["rules"] if rule["disputed"]]
    assert disputed
    assert not any(character.isdigit() for rule in disputed for c in rule["conditions"] for character in c["text"])


def test_the_trace_names_rule_facts_dated_values_formulas_and_sources():
    _, trace, _ = told("residence_permit.apply", {"city": "绍兴", "registered_months": 4, "basis": "稳定就业"})
    assert (trace["rule"], trace["outcome"], trace["day"]) == ("R2", "not_yet", "2026-11-24")
    (fact,) = trace["facts"]
    assert fact == {
        "field": "registered_months",
        "title": "居住登记满几个月",
        "value": 4,
        "text": "4个月",
        "said": True,
    }
    (value,) = trace["values"]
    assert (value["name"], value["value"], value["unit"], value["since"]) == ("months_needed", 6, "月", "2016-07-01")
    assert [source["document"] for source in value["documents"]] == ["paper-lsnews-303566"]
    (computed,) = trace["computed"]
    assert (computed["formula"], computed["value"]) == ("months_needed - registered_months", 2)
    assert computed["words"] == "“居住登记满” － “居住登记满几个月”"
    assert [source["document"] for source in trace["sources"]] == ["paper-lsnews-303566", "jxyuer-1035120"]
    assert [(rule["rule"], rule["holds"]) for rule in trace["rules"]] == [("R1", False), ("R2", True)]
    assert trace["rules"][1]["conditions"] == [{"text": "“居住登记满几个月”不满 “居住登记满”（6 个月）", "holds": True}]


def test_a_value_whose_source_gives_no_day_has_none():
    facts = {"contribution_months": 11, "involuntary": True, "unemployment_registered": True, "seeking_job": True}
    _, trace, text = told("insurance.unemployment.eligible", facts)
    assert trace["values"][0]["since"] is None
    assert "规定要满12个月，还差1个月" in text


def test_a_fact_taken_for_granted_is_not_called_said():
    facts = {"age": 17, "has_residence_permit": True, "permit_city": "杭州", "hz_points": 120, "serious_crime": True}
    _, trace, _ = told("settlement.hangzhou_points", facts)
    assert trace["facts"] == [
        {"field": "serious_crime", "title": "严重刑事犯罪记录", "value": True, "text": "有", "said": True}
    ]
    facts = {"city": "瑞安", "registered_months": 12, "basis": "稳定住所", "gap_days": 45}
    _, trace, _ = told("residence_permit.apply", facts)
    assert all(fact["said"] for fact in trace["facts"])


def test_a_route_tells_each_way_in_order_and_why():
    facts = {"city": "杭州", "education": "初中", "skill_level": "无", "age": 36, "has_residence_permit": True}
    decision, trace, text = told("settlement.any_way", {**facts, "permit_city": "杭州", "hz_points": 88})
    ways = [(way["check"], way["state"]) for way in trace["ways"]]
    assert ways == [
        ("settlement.hangzhou.education", "closed"),
        ("settlement.hangzhou.skill", "closed"),
        ("settlement.hangzhou_points", "closed"),
        ("settlement.hangzhou.property", "skipped"),
    ]
    assert trace["branch"] == [{"text": "“办理的城市”是“杭州市区”", "holds": True}]
    assert trace["ways"][2]["rule"] == "R5"
    assert trace["ways"][2]["values"][0]["since"] == "2023-05-08"
    assert trace["ways"][3]["reason"] == "只作提示，不单独判断。"
    order = [text.index(title) for title in ("凭学历落户", "凭职业技能证书落户", "凭积分落户")]
    assert order == sorted(order)
    assert "“凭积分落户杭州市区”走不通：“杭州居住证积分”要满 100 分，您是 88 分，还差 12 分。" in text
    assert decision.nearest is not None


def test_a_route_that_is_won_tells_the_closed_ways_before_and_the_steps_of_the_open_one():
    facts = {"city": "杭州", "education": "初中", "skill_level": "无", "age": 36, "has_residence_permit": True}
    _, trace, text = told("settlement.any_way", {**facts, "permit_city": "杭州", "hz_points": 120})
    assert [way["state"] for way in trace["ways"]] == ["closed", "closed", "open", "skipped"]
    assert "“凭积分落户杭州市区”走得通：先看“杭州居住证积分”：您是120分，规定从2023-05-08起要满100分，够了。" in text


def test_a_way_that_waits_for_an_answer_is_undecided_and_hides_no_open_one():
    facts = {"city": "杭州", "age": 30, "has_residence_permit": True, "permit_city": "杭州", "hz_points": 130}
    decision, trace, text = told("settlement.any_way", facts)
    assert decision.outcome == "eligible"
    assert trace["ways"][0]["state"] == "undecided"
    assert text.startswith("“凭积分落户杭州市区”走得通：")


def test_a_way_that_is_looked_at_only_sometimes_says_when():
    facts = {"city": "湖州", "place_is_town": True, "home": "自己买的房"}
    _, trace, _ = told("settlement.any_way", facts)
    assert all(way["check"] != "settlement.renting" or way["state"] == "skipped" for way in trace["ways"])


def test_what_is_not_known_yet_is_told_as_that():
    decision, trace, text = told("residence_permit.apply", {"city": "嘉兴"})
    assert text == decision.reason == "还要知道：居住登记满几个月、申领居住证的依据。"
    assert trace["rule"] is None
    assert any(rule["holds"] is None for rule in trace["rules"])
    _, trace, text = told("settlement.any_way", {})
    assert "办理的城市" in text
    assert "ways" not in trace


@pytest.mark.parametrize("check", ["residence_permit.apply", "settlement.any_way"])
def test_a_day_before_the_rules_has_no_trace_but_words(check):
    with pytest.raises(NotInForce) as refused:
        told(check, {"city": "杭州", "registered_months": 7}, date(2015, 1, 1))
    assert "这不等于 0 分，也不等于不符合" in refused.value.sentence


@pytest.mark.parametrize(("check", "case"), CASES, ids=[f"{check}-{case['name']}" for check, case in CASES])
def test_every_worked_case_can_be_told(check, case):
    decision, trace, text = told(check, case["facts"], case.get("day", DAY))
    json.dumps(trace, ensure_ascii=False, allow_nan=False)
    assert text.endswith("。") or text == decision.reason
    assert "\x00" not in json.dumps(trace) + text
    assert "{" not in text
    assert text.count("先看") <= 1 + len(trace.get("ways", ()))
    assert len(text.partition("依据：")[0]) < 420, "nobody reads that"
    if trace["rule"] and "rules" in trace:
        for rule in trace["rules"]:
            held = [c["holds"] for c in rule["conditions"]]
            assert rule["holds"] is (False if False in held else None if None in held else True)
    if decision.rule:
        assert "依据：" in text


def test_a_condition_made_ready_gives_what_the_words_say():
    either = AnyOf((Condition("age", "<", 5), Condition("home", "==", "租房")))
    assert either.names == ("age", "home")
    assert Condition("age", "<", "$line").names == ("age", "line")
    assert truth(either, {"age": 9, "home": "租房"}) is True
    assert either.test({"age": 9}) is None
