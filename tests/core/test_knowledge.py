"""The content that is in the repository can be published, and every kind of mistake in it is named."""

import shutil
from datetime import date

import pytest

from core.knowledge import FOLDER, Snapshot, SnapshotError, today

ANSWERED_GROUPS = ("settlement.", "residence_permit.")


@pytest.fixture(scope="module")
def snapshot():
    return Snapshot.load()


@pytest.fixture
def folder(tmp_path):
    """A copy of the content that a test may spoil."""
    shutil.copytree(FOLDER, tmp_path / "knowledge")
    return tmp_path / "knowledge"


def spoil(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def problems(folder, day=None):
    with pytest.raises(SnapshotError) as caught:
        Snapshot.load(folder, day)
    return "\n".join(caught.value.problems)


def test_every_topic_of_settlement_and_residence_permit_is_answered_for_the_province(snapshot):
    topics = [topic for topic in snapshot.topics.values() if topic.id.startswith(ANSWERED_GROUPS)]
    assert len(topics) == 18
    for topic in topics:
        assert topic.entries, topic.id
        assert any(entry.variant(["330000"], today()) for entry in topic.entries), topic.id


def test_all_84_topics_have_phrasings(snapshot):
    assert len(snapshot.topics) == 84
    for topic in snapshot.topics.values():
        assert len(topic.phrasings) + sum(len(entry.phrasings) for entry in topic.entries) >= 12, topic.id


def test_every_answer_has_a_source_with_a_title_and_says_when_it_was_checked(snapshot):
    for entry in snapshot.entries.values():
        for variant in entry.variants:
            assert [snapshot.source_record(source.document)["title"] for source in variant.sources], entry.id
            assert variant.reviewed <= today(), entry.id


def test_a_document_on_a_reprint_site_is_named_but_not_linked(snapshot):
    document = next(d for d in snapshot.documents.values() if d.url and not d.link)
    assert snapshot.source_record(document.id)["url"] is None
    assert snapshot.source_record(document.id)["title"] == document.title


def test_the_most_specific_variant_in_force_is_chosen(snapshot):
    entry = snapshot.topics["settlement.conditions"].entries[0]
    chain = snapshot.places.chain("330106")
    variant, used = entry.variant(chain, today())
    assert used == "330100-urban"
    assert "330100-urban" in variant.regions


def test_a_variant_is_not_given_outside_its_days(snapshot):
    ending = next(v for e in snapshot.entries.values() for v in e.variants if v.effective_to)
    assert ending.in_force(ending.effective_to)
    assert not ending.in_force(date.fromordinal(ending.effective_to.toordinal() + 1))


def test_the_number_names_the_content(snapshot, folder):
    assert Snapshot.load(folder).number == snapshot.number
    spoil(folder, "topics.yaml", "title: 租房落户", "title: 租房子落户")
    assert Snapshot.load(folder).number != snapshot.number


FAQ = "faq/settlement.renting.yaml"


def test_an_unknown_key_is_named_with_file_and_line(folder):
    spoil(folder, FAQ, "\n        trust:", "\n        turst: x\n        trust:")
    assert f"{FAQ}:" in problems(folder)
    assert "unknown key 'turst'" in problems(folder)


def test_a_repeated_key_is_named_with_file_and_line(folder):
    spoil(folder, FAQ, "topic: settlement.renting", "topic: settlement.renting\ntopic: settlement.renting")
    assert f"{FAQ}:2: key 'topic' stands twice" in problems(folder)


def test_an_unknown_topic_is_named(folder):
    spoil(folder, FAQ, "topic: settlement.renting", "topic: settlement.rentnig")
    assert f"{FAQ}:1: unknown topic 'settlement.rentnig'" in problems(folder)


def test_an_answer_without_a_source_is_refused(folder):
    path = folder / FAQ
    lines = path.read_text("utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip() == "sources:")
    end = start + 1
    while lines[end].startswith(" " * 10):
        end += 1
    lines[start:end] = ["        sources: []"]
    path.write_text("\n".join(lines), "utf-8")
    assert f"{FAQ}:{start + 1}: an answer without a source is not shown" in problems(folder)


def test_an_unknown_document_is_named(folder):
    spoil(folder, FAQ, "document: zj-plan-2023", "document: zj-plan-2032")
    assert "unknown document 'zj-plan-2032'" in problems(folder)


def test_an_expired_answer_is_a_problem_for_editors_but_does_not_stop_the_service(folder):
    spoil(folder, FAQ, "effective_to: 2028-07-21", "effective_to: 2024-07-21")
    assert "ended on 2024-07-21; replace the answer" in problems(folder, today())
    assert Snapshot.load(folder).entries


def test_a_phrasing_under_two_topics_is_refused(folder):
    phrasing = Snapshot.load(folder).topics["settlement.renting"].phrasings[0]
    spoil(folder, "faq/settlement.family.yaml", "phrasings:\n", f"phrasings:\n  - {phrasing}\n")
    assert f"phrasing {phrasing!r} stands under" in problems(folder)


def test_all_problems_are_reported_at_once(folder):
    spoil(folder, FAQ, "topic: settlement.renting", "topic: settlement.rentnig")
    spoil(folder, "faq/settlement.family.yaml", "topic: settlement.family", "topic: settlement.fmaily")
    assert len(problems(folder).splitlines()) >= 2
