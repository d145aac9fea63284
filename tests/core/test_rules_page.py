"""The rules as pages: what a keeper reads on them, what `make check` refuses, and one changed value everywhere."""

import re
import shutil
from datetime import date

import pytest

from core.eligibility import NotInForce, Route, decide
from core.eligibility_trace import explanation, record
from core.fields import canonical
from core.knowledge import FOLDER, Snapshot
from core.rules import main, stale, write
from core.rules_page import OUTCOME_NAMES, pages, render
from core.rules_words import Names, formula_words

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def snapshot():
    return Snapshot.load()


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    return tmp_path / "knowledge"


def change(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new), "utf-8")


def test_a_page_says_what_a_keeper_asks(snapshot):
    page = render(snapshot, "residence_permit.apply")
    for said in (
        "# 申领浙江省居住证",
        "- 居民的问题：我能申领浙江省居住证吗？",
        "- 地区：浙江省",
        "- 找谁问：居住地公安派出所",
        "- 有效期：从 2016-07-01 起，没有写到哪天止",
        "`talent_or_investor` | 您是当地认定的引进人才或投资创业人员吗？ | 是、不是 | 不问，按“不是”算，并说出来 |",
        "| 居住登记满 `months_needed` | 6 个月 | 2016-07-01 |",
        "- `months_short` ＝ “居住登记满” － “居住登记满几个月”",
        "2. **R2** 如果“居住登记满几个月”不满 “居住登记满”（6 个月） → **暂时不符合**：",
        "5. **R5**（资料有冲突） 如果“办理的城市”是“杭州市区”，并且“申领居住证的依据”是“在当地稳定就业”，并且",
        "11. **R11** 其他情况 → **情况不够**：",
        "| 符合 | 可以申领浙江省居住证。 |",
        "| 电子《浙江省居住证》3月4日起可申领（处州晚报） | — | 2022-03-02 | secondary | `paper-lsnews-303566` |",
    ):
        assert said in page, said


def test_a_page_of_a_route_says_which_way_is_tried_when(snapshot):
    page = render(snapshot, "settlement.any_way")
    assert "如果“办理的城市”是“杭州市区”：依次看下面几条路，有一条走得通就行。" in page
    assert "[租房落户](settlement.renting.md)，只在“住房情况”是“租房”时看" in page
    assert "只作提示，不为它提问" in page
    assert "都走不通时：" in page


def test_a_page_of_a_scheme_gives_every_indicator_with_its_days(snapshot):
    page = render(snapshot, "zhejiang-provincial")
    for indicator in snapshot.schemes["zhejiang-provincial"].indicators:
        assert f"{indicator.title} `{indicator.id}`" in page
    assert "2023-07-26" in page


def test_every_rule_value_question_and_note_stands_on_its_page(snapshot):
    for id, check in snapshot.tables.items():
        page = render(snapshot, id)
        assert check.title in page
        assert all(f"`{field.id}`" in page for field in check.inputs)
        assert not re.search(r"\{\w+\}", page), f"{id} shows a name in braces"
        if isinstance(check, Route):
            continue
        for rule in check.rules:
            assert f"**{rule.id}**" in page
            assert OUTCOME_NAMES[rule.outcome] in page
        assert all(f"`{name}`" in page for name in (*check.values, *(name for name, _ in check.compute)))
        assert all(" ".join(note.split()) in " ".join(page.split()) for note in check.notes)


def test_a_day_picks_the_values_of_that_day(folder):
    change(folder, "eligibility/residence_permit.apply.yaml", '{"2016-07-01": 6}', '{"2016-07-01": 6, "2027-01-01": 3}')
    snapshot = Snapshot.load(folder)
    both = render(snapshot, "residence_permit.apply")
    assert "| 6 个月 | 2016-07-01 |" in both
    assert "| 3 个月 | 2027-01-01 |" in both
    before = render(snapshot, "residence_permit.apply", date(2026, 12, 31))
    assert "3 个月 |" not in before
    assert "不满 “居住登记满”（6 个月）" in before
    assert "不满 “居住登记满”（3 个月）" in render(snapshot, "residence_permit.apply", date(2027, 1, 1))


def test_a_day_before_the_rules_is_refused_with_words(snapshot, capsys):
    with pytest.raises(NotInForce):
        render(snapshot, "residence_permit.apply", date(2016, 6, 30))
    assert main(["explain", "residence_permit.apply", "--day", "2016-06-30"]) == 1
    assert "从 2016-07-01 起才有收录的规定" in capsys.readouterr().err


def test_the_command_prints_a_page_and_names_what_there_is(capsys):
    assert main(["explain", "settlement.renting", "--day", "2026-11-24"]) == 0
    assert "以下是 2026-11-24 当天的规则。" in capsys.readouterr().out
    assert main(["explain", "nothing"]) == 1
    assert "residence_permit.apply" in capsys.readouterr().err


def test_the_index_lists_every_check_by_group_and_every_scheme(snapshot):
    found = pages(snapshot)
    index = found["README.md"]
    assert set(found) == {"README.md", *(f"{id}.md" for id in (*snapshot.tables, *snapshot.schemes))}
    assert all(f"]({name})" in index for name in found if name != "README.md")
    assert index.index("## 落户") < index.index("## 积分办法")


def test_a_page_that_is_not_what_the_rules_give_is_named(snapshot, tmp_path):
    write(snapshot, tmp_path)
    assert list(stale(snapshot, tmp_path)) == []
    (tmp_path / "settlement.renting.md").write_text("changed by hand", "utf-8")
    (tmp_path / "settlement.any_way.md").unlink()
    (tmp_path / "gone.md").write_text("x", "utf-8")
    named = "\n".join(stale(snapshot, tmp_path))
    assert "docs/rules/settlement.renting.md is not what the rules give; run make rules-docs" in named
    assert "docs/rules/settlement.any_way.md is not what the rules give" in named
    assert "docs/rules/gone.md belongs to no rules" in named
    write(snapshot, tmp_path)
    assert list(stale(snapshot, tmp_path)) == []


def test_a_formula_is_written_in_words_with_the_brackets_it_needs(snapshot):
    table = snapshot.tables["insurance.unemployment.eligible"]
    words = {name: formula_words(expression, Names.of(table)) for name, expression in table.compute}
    assert words["monthly"] == "“参保地最低月工资” × “失业金占最低工资的比例” ÷ 100"
    assert words["first"] == "（“失业保险累计月数”、“按六个月一档算的缴费月数”里最小的）"
    assert "的余数 ≥ “前五年余数满几个月也算” 时是 1，否则是 0）" in words["steps"]


def test_one_changed_value_changes_answer_trace_sentence_and_page(folder):
    name = "eligibility/residence_permit.apply.yaml"
    facts = {"city": "嘉兴", "registered_months": 7, "basis": "稳定住所"}

    def everything():
        snapshot = Snapshot.load(folder)
        check = snapshot.tables["residence_permit.apply"]
        known = canonical(check.fields, facts)
        decision = decide(check, known, DAY)
        trace = record(decision, known, DAY, snapshot.documents)
        told = explanation(decision, known, DAY, snapshot.documents)
        return decision, trace, told, render(snapshot, "residence_permit.apply")

    decision, trace, told, page = everything()
    assert (decision.outcome, trace["values"][0]["value"], trace["values"][0]["since"]) == ("eligible", 6, "2016-07-01")
    assert "规定从2016-07-01起要满6个月，够了" in told
    change(folder, name, '{"2016-07-01": 6}', '{"2016-07-01": 6, "2026-01-01": 9}')
    decision, trace, told, changed = everything()
    assert (decision.outcome, decision.rule) == ("not_yet", "R2")
    assert "还差 2 个月" in decision.reason
    assert (trace["values"][0]["value"], trace["values"][0]["since"]) == (9, "2026-01-01")
    assert "规定从2026-01-01起要满9个月，还差2个月" in told
    assert changed != page
    assert "| 9 个月 | 2026-01-01 |" in changed
