"""Terms are rewritten longest first, and mistakes in the lexicon are named."""

import pytest

from core.knowledge import FOLDER, Snapshot
from core.lexicon import Lexicon
from core.yamlfile import KnowledgeError


def test_what_people_say_becomes_the_official_term():
    lexicon = Lexicon.load(FOLDER / "lexicon")
    assert lexicon.official("俺的暂住证过期了咋办") == "我的居住证过期了怎么办"
    assert lexicon.official("农村合作医疗和新农保") == "城乡居民医保和城乡居民养老保险"
    assert lexicon.official("设保断了，积份还算吗") == "社保断了，积分还算吗"
    assert Lexicon().official("原样") == "原样"


def test_a_word_said_twice_and_an_unknown_kind_are_named(tmp_path):
    (tmp_path / "offices.yaml").write_text("offices: []\nservices: []\n", "utf-8")
    terms = tmp_path / "terms.yaml"
    terms.write_text(
        "terms:\n  - {said: 娃, term: 孩子, why: everyday}\n  - {said: 娃, term: 小孩, why: everyday}\n", "utf-8"
    )
    with pytest.raises(KnowledgeError, match=r"terms\.yaml:3: '娃' stands twice"):
        Lexicon.load(tmp_path)
    terms.write_text("terms:\n  - {said: 娃, term: 孩子, why: slang}\n", "utf-8")
    with pytest.raises(KnowledgeError, match="why 'slang' is none of"):
        Lexicon.load(tmp_path)


def test_a_hotline_that_is_no_number_is_named(tmp_path):
    (tmp_path / "terms.yaml").write_text("terms: []\n", "utf-8")
    (tmp_path / "offices.yaml").write_text(
        "offices:\n  - {id: a, name: 热线, phone: 一二三, words: [], for: 问, checked: true}\nservices: []\n", "utf-8"
    )
    with pytest.raises(KnowledgeError, match=r"offices\.yaml:2: phone '一二三' must be"):
        Lexicon.load(tmp_path)


def test_every_county_of_the_province_has_a_code_and_every_service_names_a_scheme_that_exists():
    snapshot = Snapshot.load()
    counties = [c for c in snapshot.places.codes() if not c.endswith("00") and "urban" not in c]
    assert len(counties) == 90
    for service in snapshot.lexicon.services:
        assert service.scheme is None or service.scheme in snapshot.schemes
    assert {"110", "120", "12356", "12345"} <= snapshot.lexicon.phones


def test_the_jieba_dictionary_has_one_word_with_a_frequency_on_each_line():
    lines = (FOLDER / "lexicon" / "jieba" / "anju.txt").read_text("utf-8").splitlines()
    words = [line.split(" ")[0] for line in lines]
    assert all(len(line.split(" ")) == 2 and line.split(" ")[1].isdigit() for line in lines)
    assert len(words) == len(set(words))
    assert {"居住证", "积分落户", "永康", "异地就医备案"} <= set(words)
