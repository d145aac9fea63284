"""What `make check` refuses in content that can be read, and that the repository's own content passes."""

import re
import shutil
import subprocess
import sys
from datetime import date

import pytest
import yaml

from core.content import REPORT
from core.content_check import problems, reminders
from core.content_report import render
from core.knowledge import FOLDER, Snapshot, today

FAQ = "faq/settlement.renting.yaml"


@pytest.fixture(scope="module")
def snapshot():
    return Snapshot.load()


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    return tmp_path / "knowledge"


def found(folder):
    snapshot = Snapshot.load(folder)
    return "\n".join(problems(snapshot.topics, snapshot.documents, snapshot.lexicon, snapshot.out_of_scope))


def change(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_content_has_no_problem(snapshot):
    assert list(problems(snapshot.topics, snapshot.documents, snapshot.lexicon, snapshot.out_of_scope)) == []


def test_all_84_topics_are_answered_with_250_entries_or_more(snapshot):
    assert [topic.id for topic in snapshot.topics.values() if not topic.entries] == []
    assert len(snapshot.topics) == 84
    assert len(snapshot.entries) >= 250


def test_the_report_is_what_the_content_gives_and_counts_no_figure_without_a_source(snapshot):
    text = render(snapshot)
    assert REPORT.read_text("utf-8") == text
    assert "没有列明来源的 0 处" in text
    for topic in snapshot.topics:
        assert f"`{topic}`" in text


def test_a_topic_without_an_answer_is_named(folder):
    path = folder / "faq/labour.union.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**data, "entries": []}, allow_unicode=True), "utf-8")
    assert "faq/labour.union.yaml: 加入工会 has no answer" in found(folder)


def test_a_number_without_a_source_value_is_named_with_file_and_line(folder):
    change(folder, FAQ, "answer: |\n          ", "answer: |\n          要住满77个月。")
    pattern = r"faq/settlement\.renting\.yaml:\d+: settlement\.renting\.\w+: no source value for 77"
    assert re.search(pattern, found(folder))


def test_one_value_with_two_figures_is_named(folder):
    change(folder, FAQ, "values: {连续居住月数: 12, 现租房月数: 6}", "values: {连续居住月数: 12, 现租房月数: 7}")
    assert re.search("现租房月数 of zyrf-9791 is [67], but [67] at faq/", found(folder))


def test_two_entries_that_ask_the_same_are_named(folder):
    path = folder / FAQ
    data = yaml.safe_load(path.read_text("utf-8"))
    twin = {**data["entries"][0], "id": "settlement.renting.twin", "phrasings": ["租房落户孪生条目的问法"]}
    path.write_text(yaml.safe_dump({**data, "entries": [*data["entries"], twin]}, allow_unicode=True), "utf-8")
    assert "settlement.renting.twin and settlement.renting.general ask the same question" in found(folder)


def test_a_long_answer_a_broken_link_and_an_unknown_hotline_are_named(folder):
    path = folder / FAQ
    data = yaml.safe_load(path.read_text("utf-8"))
    first, second = data["entries"][0]["variants"][:2]
    first["answer"] = "省方案提出租房可以落户。" * 26
    first["next_step"] = {"text": "打电话问。", "phone": "98765"}
    second["next_step"] = {"text": "上网查。", "url": "https://not a host/x"}
    path.write_text(yaml.safe_dump(data, allow_unicode=True, width=10_000), "utf-8")
    said = found(folder)
    assert "the answer has 312 characters; 60 to 300" in said
    assert "98765 is no hotline of lexicon/offices.yaml" in said
    assert "'https://not a host/x' is no https address" in said


def test_an_entitlement_made_of_a_direction_is_named(folder):
    path = folder / FAQ
    data = yaml.safe_load(path.read_text("utf-8"))
    data["entries"][0]["variants"][0]["answer"] = (
        "您租房就可以落户，外地人和本地人一样，带上身份证和租房合同去派出所就行，不用别的条件，当场就能办好，放心去办就可以了，谁去办都能办下来。"
    )
    path.write_text(yaml.safe_dump(data, allow_unicode=True, width=10_000), "utf-8")
    assert "the plan only sets a direction" in found(folder)


def test_answers_that_end_soon_are_listed_for_editors(snapshot):
    ending = min(v.effective_to for e in snapshot.entries.values() for v in e.variants if v.effective_to)
    lines = list(reminders(snapshot.topics, snapshot.lexicon, date.fromordinal(ending.toordinal() - 30)))
    assert any(f"ends on {ending}" in line for line in lines)
    overdue = list(reminders(snapshot.topics, snapshot.lexicon, date(2099, 1, 1)))
    assert any("was due for review" in line for line in overdue)
    assert today() < date(2099, 1, 1)


def test_the_command_gives_1_and_names_the_problem(folder):
    change(folder, FAQ, "topic: settlement.renting", "topic: settlement.rentnig")
    run = subprocess.run(
        [sys.executable, "-m", "core.content", "check", str(folder)], cwd=FOLDER.parent, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert "unknown topic 'settlement.rentnig'" in run.stderr
    assert (
        subprocess.run([sys.executable, "-m", "core.content"], cwd=FOLDER.parent, capture_output=True).returncode == 2
    )
