"""Strict YAML names file and line."""

import pytest

from core.yamlfile import KnowledgeError, check_keys, load, loads


def test_a_repeated_key_is_refused_with_both_lines():
    with pytest.raises(KnowledgeError, match=r"x\.yaml:3: key 'a' stands twice \(first on line 1\)"):
        loads("a: 1\nb: 2\na: 3\n", "x.yaml")


def test_a_key_that_yaml_reads_as_a_boolean_is_refused():
    with pytest.raises(KnowledgeError, match=r"x\.yaml:1: key True is not text"):
        loads("on: 2024-01-01\n", "x.yaml")


def test_broken_yaml_is_reported_with_its_line():
    with pytest.raises(KnowledgeError, match=r"x\.yaml:3: is not valid YAML"):
        loads("a: 1\nb: [1, 2\n", "x.yaml")


def test_an_unknown_key_is_named_with_its_line_and_what_is_allowed():
    node = loads("id: 1\nname: 2\nnmae: 3\n", "x.yaml")
    with pytest.raises(KnowledgeError, match=r"x\.yaml:3: unknown key 'nmae'; allowed here: id, name"):
        check_keys(node, "x.yaml", {"id", "name"})


def test_a_missing_key_is_named():
    with pytest.raises(KnowledgeError, match=r"x\.yaml:1: key 'name' is missing"):
        check_keys(loads("id: 1\n", "x.yaml"), "x.yaml", {"id", "name"})


def test_lists_and_nested_mappings_know_their_lines():
    node = loads("a:\n  - x: 1\n  - x: 2\n    y: 3\n", "x.yaml")
    assert node["a"].item_lines == [2, 3]
    assert node["a"][1].line_of("y") == 4


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(KnowledgeError, match="cannot be read as UTF-8 text"):
        load(tmp_path / "absent.yaml")
