"""Read `knowledge/points/<scheme>.yaml`, strictly: each mistake is named with file and line.

A city's scheme takes the province's indicators by reference (`include: zhejiang-provincial`), so that a number
stands in one file only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from core.fields import Field, load_fields
from core.points_scheme import About, Alternatives, Assumption, Cutoff, Indicator, Part, Scheme, Window
from core.points_values import KEYS, read_value
from core.rules_conditions import names, read_clauses
from core.rules_dated import Dated, read_dated, read_documents, read_period
from core.yamlfile import Map, check_keys, fail, load

REQUIRED = {"id", "title", "region", "effective_from", "effective_to", "documents", "parts", "indicators", "notes"}
OPTIONAL = {
    *("include", "alternatives", "cutoffs", "windows", "about", "no_values", "background", "within"),
    *("minimum", "maximum"),
}


def load_schemes(path: Path, *, documents: set[str] | None = None) -> dict[str, Scheme]:
    """Read every scheme of a folder; fields come from `fields.yaml` and `fields/` beside it.

    Args:
        path: the folder `knowledge/points`.
        documents: ids of the source register; where given, an unknown id is an error.
    Raises:
        KnowledgeError: unknown key, field, value or document, a number without a day, a tier that no one reaches.
    """
    fields = load_fields(path.parent / "fields.yaml")
    nodes = {file: load(file) for file in sorted(path.glob("*.yaml"))}
    schemes: dict[str, Scheme] = {}
    # Those that others include come first.
    included = {node["include"] for node in nodes.values() if isinstance(node, Map) and "include" in node}
    for file in sorted(nodes, key=lambda file: (file.stem not in included, file)):
        scheme = _Reader(file, fields, documents, schemes).scheme(nodes[file])
        if scheme.id != file.stem:
            fail(file, 1, f"scheme {scheme.id!r} stands in {file.name}; name both alike")
        schemes[scheme.id] = scheme
    return dict(sorted(schemes.items()))


class _Reader:
    """Reads one file."""

    def __init__(
        self, path: Path, fields: Mapping[str, Field], documents: set[str] | None, schemes: Mapping[str, Scheme]
    ) -> None:
        self._path, self._fields, self._documents, self._schemes = path, fields, documents, schemes

    def scheme(self, node: Any) -> Scheme:
        """Read the whole file."""
        path = self._path
        root = check_keys(node, path, REQUIRED, OPTIONAL)
        included = self._included(root)
        parts = [*(included.parts if included else ()), *(self._part(row, root["id"]) for row in root["parts"])]
        own = tuple(self._indicator(row, root["id"], {part.id: part for part in parts}) for row in root["indicators"])
        indicators = (*(included.indicators if included else ()), *own)
        seen: set[str] = set()
        for each in indicators:
            if each.id in seen:
                fail(path, root.line_of("indicators"), f"indicator {each.id!r} stands twice; rename one")
            seen.add(each.id)
        return Scheme(
            id=root["id"],
            title=root["title"],
            region=root["region"],
            period=read_period(root, path),
            parts=tuple(parts),
            indicators=indicators,
            alternatives=tuple(self._alternatives(row, indicators) for row in root.get("alternatives", ())),
            cutoffs=tuple(self._cutoff(row) for row in root.get("cutoffs", ())),
            windows=tuple(self._window(row) for row in root.get("windows", ())),
            about=tuple(self._about(row) for row in root.get("about", ())),
            documents=self._cited(root),
            notes=tuple(root["notes"]),
            no_values=root.get("no_values"),
            background=root.get("background"),
            within=root.get("within", False),
            minimum=root.get("minimum"),
            maximum=root.get("maximum"),
            path=str(path),
        )

    def _included(self, root: Map) -> Scheme | None:
        """Give the parts and indicators of another scheme, without those that it leaves to others."""
        if "include" not in root:
            return None
        other = self._schemes.get(root["include"])
        if other is None:
            fail(self._path, root.line_of("include"), f"unknown scheme {root['include']!r}; name a file of this folder")
        assert other is not None
        parts = tuple(part for part in other.parts if not part.apart)
        kept = {part.id for part in parts}
        return replace(other, parts=parts, indicators=tuple(each for each in other.indicators if each.part in kept))

    def _part(self, node: Any, scheme: str) -> Part:
        row = check_keys(node, self._path, {"id", "title"}, {"cap", "apart", "deducts"})
        cap = read_dated(row["cap"], self._path, f"{scheme}.{row['id']}", row["title"]) if "cap" in row else None
        return Part(row["id"], row["title"], cap, row.get("apart", False), row.get("deducts", False))

    def _indicator(self, node: Any, scheme: str, parts: Mapping[str, Part]) -> Indicator:
        path = self._path
        row = check_keys(
            node,
            path,
            {"id", "title", "part", "kind", "unit", "fields", "documents", "values"},
            {"assume", "more", "not_covered", "when", "otherwise", "scope", "needed"},
        )
        if row["kind"] not in KEYS:
            fail(path, row.line_of("kind"), f"unknown kind {row['kind']!r}; one of: {', '.join(KEYS)}")
        if row["part"] not in parts:
            fail(path, row.line_of("part"), f"unknown part {row['part']!r}; one of: {', '.join(sorted(parts))}")
        if row["kind"] == "deduct" and not parts[row["part"]].deducts:
            fail(path, row.line_of("part"), "a deduction stands in a part with `deducts: true`; mend one")
        for name in row["fields"]:
            if name not in self._fields:
                fail(path, row.line_of("fields"), f"unknown field {name!r}; add it to knowledge/fields.yaml")
        own = {name: self._fields[name] for name in row["fields"]}
        when = read_clauses(row["when"], path, own, set()) if "when" in row else ()
        if ("when" in row) != ("otherwise" in row):
            fail(path, row.line, "`when` and `otherwise` (what is said to the others) go together; mend it")
        counted = {name: field for name, field in own.items() if name not in names(when)}
        if row["kind"] == "veto" and [field.type for field in own.values()] != ["boolean"]:
            fail(path, row.line_of("fields"), "kind 'veto' looks at one fact; name one boolean field")
        dated = read_dated(row["values"], path, f"{scheme}.{row['id']}", row["title"])
        line = row.line_of("fields")
        values = tuple(
            (day, None if value is None else read_value(value, row["kind"], path, own, counted, line))
            for day, value in dated.values
        )
        return Indicator(
            id=row["id"],
            title=row["title"],
            part=row["part"],
            kind=row["kind"],
            unit=row["unit"],
            fields=tuple(own.values()),
            values=Dated(dated.rule, dated.title, dated.path, values),
            documents=self._cited(row),
            assume=tuple(self._assumption(item, own) for item in row.get("assume", ())),
            more=row.get("more"),
            not_covered=row.get("not_covered"),
            when=when,
            otherwise=row.get("otherwise"),
            scope=row.get("scope"),
            needed=row.get("needed", True),
        )

    def _assumption(self, node: Any, fields: Mapping[str, Field]) -> Assumption:
        row = check_keys(node, self._path, {"field", "value", "when", "text"})
        if row["field"] not in fields:
            line = row.line_of("field")
            fail(self._path, line, f"unknown field {row['field']!r}; it must be one of the indicator's fields")
        return Assumption(
            row["field"],
            fields[row["field"]].check(row["value"]),
            read_clauses(row["when"], self._path, fields, set()),
            row["text"],
        )

    def _alternatives(self, node: Any, indicators: tuple[Indicator, ...]) -> Alternatives:
        row = check_keys(node, self._path, {"title", "members"})
        parts = {each.id: each.part for each in indicators}
        for name in row["members"]:
            if name not in parts:
                fail(self._path, row.line_of("members"), f"unknown indicator {name!r}; mend it")
        if len({parts[name] for name in row["members"]}) != 1:
            fail(self._path, row.line_of("members"), "alternatives stand in one part; move one")
        return Alternatives(row["title"], tuple(row["members"]))

    def _cutoff(self, node: Any) -> Cutoff:
        row = check_keys(node, self._path, {"purpose", "period", "year", "points", "documents"}, {"note"})
        for key in ("year", "points"):
            if isinstance(row[key], bool) or not isinstance(row[key], (int, float)):
                fail(self._path, row.line_of(key), f"{key} {row[key]!r} is no number; mend it")
        return Cutoff(row["purpose"], row["period"], row["year"], row["points"], row.get("note"), self._cited(row))

    def _window(self, node: Any) -> Window:
        row = check_keys(node, self._path, {"title", "documents"}, {"from", "to", "every"})
        if {"from", "to"} <= row.keys() and "every" not in row:
            days = [row["from"], row["to"]]
            if not all(isinstance(day, date) for day in days) or days[1] < days[0]:
                fail(self._path, row.line_of("from"), f"{days[0]} to {days[1]} is no span of days; write 2024-03-26")
            return Window(row["title"], days[0], days[1], None, self._cited(row))
        if "every" not in row or {"from", "to"} & row.keys():
            fail(self._path, row.line, "a window has `from` and `to`, or `every` (words); mend it")
        return Window(row["title"], None, None, row["every"], self._cited(row))

    def _about(self, node: Any) -> About:
        row = check_keys(node, self._path, {"title", "text", "documents"})
        return About(row["title"], row["text"], self._cited(row))

    def _cited(self, row: Map) -> tuple[str, ...]:
        return read_documents(row["documents"], row.line_of("documents"), self._path, self._documents)
