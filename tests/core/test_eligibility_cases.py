"""Every table of tests/cases/eligibility/: someone who knows the rules can add a line there."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from core.eligibility import NotInForce, decide, load_tables
from core.fields import canonical, load_fields

KNOWLEDGE = Path("knowledge")
CHECKS = load_tables(KNOWLEDGE / "eligibility", load_fields(KNOWLEDGE / "fields.yaml"))
DAY = date(2026, 11, 24)
FILES = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(Path("tests/cases/eligibility").glob("*.yaml"))]
CASES = [(file["check"], case) for file in FILES for case in file["cases"]]


def decided(check, case, facts=None):
    found = CHECKS[check]
    given = case["facts"] if facts is None else facts
    return decide(found, canonical(found.fields, given), case.get("day", DAY))


def starts(texts, wanted):
    return [start for start in wanted if not any(text.startswith(start) for text in texts)]


@pytest.mark.parametrize(("check", "case"), CASES, ids=[f"{check}-{case['name']}" for check, case in CASES])
def test_case(check, case):
    if "error" in case:
        with pytest.raises(NotInForce):
            decided(check, case)
        return
    decision = decided(check, case)
    missing = [field.short or field.id for field in decision.missing], [field.id for field in decision.missing]
    assert decision.outcome == case["outcome"], decision
    if "rule" in case:
        assert decision.rule == case["rule"]
    if "missing" in case:
        assert case["missing"] in missing
    if "assumed" in case:
        assert [item.field for item in decision.assumed] == case["assumed"]
    if "value" in case:
        assert decision.value == case["value"]
    if "result" in case:
        assert {item.name: item.value for item in decision.results} == case["result"]
    assert case.get("reason", "") in decision.reason
    assert starts(decision.notes, case.get("notes", [])) == []
    if "without" in case:
        said = [decision.answer, decision.reason, *decision.notes, *decision.gap, decision.next_step or ""]
        assert not any(case["without"] in text for text in said)
    if "nearest" in case:
        assert decision.nearest.check == case["nearest"]
    if "gap" in case:
        assert case["gap"] in decision.nearest.gap[0]


ASKED = [(check, case) for check, case in CASES if "asked" in case]


@pytest.mark.parametrize(("check", "case"), ASKED, ids=[case["name"] for _, case in ASKED])
def test_only_what_matters_is_asked_in_this_order(check, case):
    facts, asked = {}, []
    given = canonical(CHECKS[check].fields, case["facts"])
    while (decision := decided(check, case, facts)).missing:
        name = decision.missing[0].id
        asked.append(name)
        facts[name] = given[name]
    assert asked == case["asked"]
    assert len(asked) <= 8
    assert decision.outcome == case["outcome"]


def test_every_table_has_cases_for_every_rule():
    reached = {(check, decided(check, case).rule) for check, case in CASES if "error" not in case}
    tables = {id: check for id, check in CHECKS.items() if hasattr(check, "rules")}
    asks_only = {"settlement.hangzhou.elder.R8", "settlement.hangzhou.skill.R8", "settlement.hangzhou_points.R7"}
    asks_only |= {"residence_permit.apply.R11", "residence_permit.transfer.R7"}
    asks_only |= {"schooling.compulsory_admission.hangzhou.R7", "schooling.entrance_exam.gaokao.R8"}
    asks_only |= {"schooling.preschool.free_year.R5", "schooling.transfer.R6"}
    asks_only |= {"insurance.gig_worker_injury.covered.default", "insurance.pension_eligibility.retire.default"}
    asks_only |= {"insurance.work_injury.claim.default"}
    unreached = {
        f"{id}.{rule.id}" for id, table in tables.items() for rule in table.rules if (id, rule.id) not in reached
    }
    assert unreached == asks_only
