"""Eligibility tables and routes as data: `knowledge/eligibility/<check>.yaml`, read strictly."""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.eligibility_tables import (
    COMBINATIONS,
    OUTCOMES,
    RESULT_FORMATS,
    Branch,
    Check,
    Figure,
    Result,
    Route,
    Rule,
    Table,
    Verdict,
    Way,
)
from core.fields import Field
from core.rules_conditions import names, read_clauses
from core.rules_dated import read_dated, read_documents, read_period
from core.rules_expressions import Expression, parse
from core.yamlfile import Map, check_keys, fail, load


def load_tables(path: Path, fields: Mapping[str, Field], *, documents: set[str] | None = None) -> dict[str, Check]:
    """Read every table and route of a folder; routes come first, so that who looks for a topic's check finds the whole.

    Args:
        path: the folder `knowledge/eligibility`.
        fields: from `core.fields.load_fields`.
        documents: ids of the source register; where given, an unknown id is an error.
    Raises:
        KnowledgeError: unknown key, field, value, outcome, table or document; a rule that is never reached;
            a figure in the words of a disputed rule.
    """
    tables: dict[str, Table] = {}
    routes: list[tuple[Map, Path]] = []
    for file in sorted(path.glob("*.yaml")):
        root = load(file)
        if isinstance(root, Map) and "branches" in root:
            routes.append((root, file))
            continue
        table = _table(root, file, fields, documents)
        _named(table.id, file)
        tables[table.id] = table
    found: dict[str, Check] = {}
    for root, file in routes:
        route = _route(root, file, fields, tables)
        _named(route.id, file)
        found[route.id] = route
    return {**found, **tables}


def _named(id: str, file: Path) -> None:
    if id != file.stem:
        fail(file, 1, f"check {id!r} stands in {file.name}; name both alike")


def _table(node: Any, path: Path, fields: Mapping[str, Field], documents: set[str] | None) -> Table:
    root = check_keys(
        node,
        path,
        {"id", "topic", "title", "question", "region", "office", "effective_from", "effective_to", "inputs", "rules"},
        {"values", "compute", "verdicts", "notes", "optional", "results"},
    )
    inputs = _inputs(root, path, fields)
    values: dict[str, Figure] = {}
    for name, row in (root.get("values") or {}).items():
        check_keys(row, path, {"title", "unit", "documents", "at"})
        sources = read_documents(row["documents"], row.line_of("documents"), path, documents)
        dated = read_dated(row["at"], path, f"{root['id']}.{name}", row["title"])
        values[name] = Figure(dated, row["unit"], sources)
    brought = {name for row in root["rules"] if isinstance(row, Map) for name in row.get("numbers") or ()}
    compute = _compute(root, path, {*inputs, *values, *brought})
    numbers = {*values, *(name for name, _ in compute)}
    results = _results(root, path, {*numbers, *brought})
    rules = tuple(_rule(row, path, inputs, numbers, documents) for row in root["rules"])
    _reachable(rules, root, path)
    used = {name for rule in rules for name in names(rule.when)}
    used |= {name for _, expression in compute for name in expression.names}
    optional = frozenset(root.get("optional") or ())
    if not optional <= inputs.keys():
        fail(path, root.line_of("optional"), f"optional {sorted(optional - inputs.keys())} must stand under inputs too")
    for name in inputs:
        if name not in used:
            fail(path, root.line_of("inputs"), f"input {name!r} changes no rule; do not ask for it")
    return Table(
        id=root["id"],
        topic=root["topic"],
        title=root["title"],
        question=root["question"],
        region=root["region"],
        office=root["office"],
        period=read_period(root, path),
        inputs=tuple(inputs.values()),
        values=values,
        compute=compute,
        rules=rules,
        verdicts=_verdicts(root, path),
        notes=tuple(root.get("notes") or ()),
        path=str(path),
        optional=optional,
        results=results,
    )


def _results(root: Map, path: Path, numbers: set[str]) -> tuple[Result, ...]:
    found = []
    for row in root.get("results") or ():
        check_keys(row, path, {"name", "title"}, {"format", "unit", "for"})
        if row["name"] not in numbers:
            fail(path, row.line_of("name"), f"{row['name']!r} is no computed value of this table; declare it")
        kind = row.get("format", "number")
        if kind not in RESULT_FORMATS:
            fail(path, row.line_of("format"), f"unknown format {kind!r}; one of: {', '.join(RESULT_FORMATS)}")
        outcomes = tuple(row.get("for") or ())
        for outcome in outcomes:
            if outcome not in OUTCOMES:
                fail(path, row.line_of("for"), f"unknown outcome {outcome!r}; one of: {', '.join(OUTCOMES)}")
        found.append(Result(row["name"], row["title"], kind, row.get("unit", ""), outcomes))
    return tuple(found)


def _inputs(root: Map, path: Path, fields: Mapping[str, Field]) -> dict[str, Field]:
    for name in root["inputs"]:
        if name not in fields:
            fail(path, root.line_of("inputs"), f"unknown field {name!r}; add it to knowledge/fields.yaml")
    inputs = {name: fields[name] for name in root["inputs"]}
    shorts = [field.short for field in inputs.values() if field.short]
    if len(shorts) != len(set(shorts)):
        fail(path, root.line_of("inputs"), "two inputs share a short name, so a fact sent under it would be ambiguous")
    return inputs


def _compute(root: Map, path: Path, known: set[str]) -> tuple[tuple[str, Expression], ...]:
    found: list[tuple[str, Expression]] = []
    node = root.get("compute") or Map()
    for name, text in node.items():
        try:
            expression = parse(text)
        except ValueError as error:
            fail(path, node.line_of(name), f"{error}; mend it")
        for needed in expression.names:
            if needed not in known:
                fail(path, node.line_of(name), f"unknown name {needed!r}; declare it under inputs, values or above")
        found.append((name, expression))
        known = {*known, name}
    return tuple(found)


def _rule(node: Any, path: Path, inputs: Mapping[str, Field], numbers: set[str], documents: set[str] | None) -> Rule:
    row = check_keys(
        node,
        path,
        {"id", "when", "outcome", "reason", "documents"},
        {"veto", "disputed", "answer", "next", "value", "numbers"},
    )
    if row["outcome"] not in OUTCOMES:
        fail(path, row.line_of("outcome"), f"unknown outcome {row['outcome']!r}; one of: {', '.join(OUTCOMES)}")
    for key in ("reason", "answer", "next", "value"):
        text = row.get(key) or ""
        for _, name, _, _ in string.Formatter().parse(text):
            if name is not None and name not in numbers:
                fail(path, row.line_of(key), f"{{{name}}} is no dated or computed value of this table; declare it")
        if row.get("disputed") and (any(c.isdigit() for c in text) or "{" in text):
            fail(path, row.line_of(key), "a disputed rule gives no figure; say it without, or settle the dispute")
    return Rule(
        id=row["id"],
        when=read_clauses(row["when"], path, inputs, numbers),
        outcome=row["outcome"],
        reason=row["reason"],
        documents=read_documents(row["documents"], row.line_of("documents"), path, documents),
        veto=bool(row.get("veto", False)),
        disputed=bool(row.get("disputed", False)),
        answer=row.get("answer"),
        next_step=row.get("next"),
        value=row.get("value"),
        numbers=dict(row.get("numbers") or {}),
    )


def _reachable(rules: tuple[Rule, ...], root: Map, path: Path) -> None:
    for index, rule in enumerate(rules):
        line = root["rules"].line_of(index)
        for earlier in rules[:index]:
            if earlier.id == rule.id:
                fail(path, line, f"rule {rule.id} stands twice; give it another id")
            if set(earlier.when) <= set(rule.when):
                fail(path, line, f"rule {rule.id} is never reached, because {earlier.id} holds whenever it does")


def _verdicts(root: Map, path: Path) -> dict[str, Verdict]:
    found = {}
    node = root.get("verdicts") or Map()
    for outcome, row in node.items():
        if outcome not in OUTCOMES:
            fail(path, node.line_of(outcome), f"unknown outcome {outcome!r}; one of: {', '.join(OUTCOMES)}")
        found[outcome] = _verdict(row, path)
    return found


def _verdict(node: Any, path: Path) -> Verdict:
    row = check_keys(node, path, set(), {"answer", "next"})
    return Verdict(row.get("answer"), row.get("next"))


def _route(root: Map, path: Path, fields: Mapping[str, Field], tables: Mapping[str, Table]) -> Route:
    check_keys(root, path, {"id", "topic", "title", "question", "region", "inputs", "branches"})
    inputs = _inputs(root, path, fields)
    branches = tuple(_branch(row, path, inputs, tables) for row in root["branches"])
    if not branches or branches[-1].when:
        fail(path, root.line_of("branches"), "the last branch has `when: []`, so that everyone gets a result; add it")
    return Route(
        id=root["id"],
        topic=root["topic"],
        title=root["title"],
        question=root["question"],
        region=root["region"],
        inputs=tuple(inputs.values()),
        branches=branches,
        path=str(path),
    )


def _branch(node: Any, path: Path, inputs: Mapping[str, Field], tables: Mapping[str, Table]) -> Branch:
    row = check_keys(node, path, {"when", "combine", "ways"}, {"notes", "none"})
    if row["combine"] not in COMBINATIONS:
        fail(path, row.line_of("combine"), f"unknown combination {row['combine']!r}; one of: {', '.join(COMBINATIONS)}")
    ways: list[Way] = []
    for item in row["ways"]:
        check_keys(item, path, {"check"}, {"when", "hint"})
        if item["check"] not in tables:
            fail(path, item.line_of("check"), f"unknown table {item['check']!r}; mend the id")
        table = tables[item["check"]]
        known = {**inputs, **{field.id: field for field in table.inputs}}
        known |= {field.id: field for way in ways for field in way.table.inputs}
        when = read_clauses(item["when"], path, known, set()) if "when" in item else ()
        ways.append(Way(table, when, bool(item.get("hint", False))))
    return Branch(
        when=read_clauses(row["when"], path, inputs, set()),
        combine=row["combine"],
        ways=tuple(ways),
        notes=tuple(row.get("notes") or ()),
        none=_verdict(row.get("none") or Map(), path),
    )
