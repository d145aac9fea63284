"""Strict YAML: every mapping and list knows its line, repeated keys are errors.

PyYAML keeps the last of two equal keys without a word, and its errors name no line once the data are built.
Content is edited by hand, so each mistake must be reported as `file:line: what, and what to do`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: slower, same result
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]


class KnowledgeError(ValueError):
    """A content file cannot be used; the message names the file, the line and the mend."""

    def __init__(self, path: Path | str, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path, self.line, self.message = str(path), line, message


class Map(dict[str, Any]):
    """A YAML mapping that knows the line it starts on and the line of each key (both from 1)."""

    line: int = 1
    key_lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """Give the line of a key, or the mapping's own first line if the key is absent."""
        return self.key_lines.get(key, self.line)


class Seq(list[Any]):
    """A YAML list that knows the line it starts on and the line of each item (both from 1)."""

    line: int = 1
    item_lines: list[int]

    def line_of(self, index: int) -> int:
        """Give the line of an item."""
        return self.item_lines[index]


def load(path: Path) -> Any:
    """Read one YAML document.

    Returns:
        Nested `Map`, `Seq` and scalars; None for an empty file.
    Raises:
        KnowledgeError: not readable, not YAML, or a key stands twice in one mapping.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(path, 1, f"cannot be read as UTF-8 text ({error}); restore the file") from error
    return loads(text, path)


def loads(text: str, path: Path | str) -> Any:
    """Parse YAML text as `load` does; `path` is only for messages."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _build(loader, node, path)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise KnowledgeError(path, line, f"is not valid YAML: {error.problem}; mend the line") from error
    finally:
        loader.dispose()


def fail(path: Path | str, line: int, message: str) -> None:
    """Raise a `KnowledgeError`; a function so that loaders read as a list of conditions."""
    raise KnowledgeError(path, line, message)


def check_keys(node: Any, path: Path | str, required: set[str], optional: set[str] = frozenset()) -> Map:  # type: ignore[assignment]
    """Check that a node is a mapping with all required keys and no unknown one.

    Returns:
        The same node, typed.
    Raises:
        KnowledgeError: naming the line and the allowed keys.
    """
    if not isinstance(node, Map):
        raise KnowledgeError(path, getattr(node, "line", 1), f"expected a mapping with the keys {sorted(required)}")
    for key in node:
        if key not in required and key not in optional:
            allowed = ", ".join(sorted(required | set(optional)))
            raise KnowledgeError(path, node.line_of(key), f"unknown key {key!r}; allowed here: {allowed}")
    for key in sorted(required):
        if key not in node:
            raise KnowledgeError(path, node.line, f"key {key!r} is missing; add it")
    return node


def _build(loader: Any, node: yaml.Node, path: Path | str) -> Any:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping = Map()
        mapping.line, mapping.key_lines = line, {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                # `on`, `yes` and `no` are read as booleans, bare codes as numbers.
                raise KnowledgeError(path, key_line, f"key {key!r} is not text; put it in quotes or rename it")
            if key in mapping:
                raise KnowledgeError(
                    path, key_line, f"key {key!r} stands twice (first on line {mapping.key_lines[key]}); keep one"
                )
            mapping.key_lines[key] = key_line
            mapping[key] = _build(loader, value_node, path)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        sequence = Seq(_build(loader, item, path) for item in node.value)
        sequence.line = line
        sequence.item_lines = [item.start_mark.line + 1 for item in node.value]
        return sequence
    return loader.construct_object(node, deep=True)
