"""Ask every labelled question and count what came back."""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.knowledge import Snapshot
from services.knowledge.asking import Asker, Question

OUT_OF_SCOPE = "out_of_scope"
# What a resident gets, from best to worst; `wrong` is an answer to another question.
VERDICTS = ("answered", "offered", "declined", "offered_others", "wrong")


@dataclass(frozen=True)
class Row:
    """One labelled question; `right` holds every label that counts as right."""

    text: str
    label: str
    right: frozenset[str]
    style: str


@dataclass(frozen=True)
class Result:
    """What one question got."""

    row: Row
    ranked: tuple[str, ...]
    outcome: str
    topic: str | None
    verdict: str
    took_ms: float

    @property
    def first(self) -> bool:
        """Tell whether the best topic is right."""
        return bool(self.ranked) and self.ranked[0] in self.row.right

    @property
    def among(self) -> bool:
        """Tell whether one of the best three topics is right."""
        return bool(self.row.right & set(self.ranked))


def read(path: Path, topics: set[str]) -> list[Row]:
    """Read a file of labelled questions; rows labelled with dialogue acts are left out.

    A place outside Zhejiang that a row names is said as 本地: the rows were collected all over the country.
    Raises:
        ValueError: a line is not such a row; the message names file and line.
    """
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            text, label = raw["text"], raw["label"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}:{number}: not a row with text and label ({error!r})") from error
        if label in topics or label == OUT_OF_SCOPE:
            place = raw.get("place")
            text = text.replace(place, "本地") if place else text
            rows.append(Row(text, label, frozenset({label, *raw.get("also", [])}), raw.get("style") or "-"))
    return rows


def judge(asker: Asker, row: Row, day: date) -> Result:
    """Ask one question and say what kind of reply a resident would have got."""
    started = time.perf_counter()
    reply = asker.ask(Question(row.text, day))
    took = (time.perf_counter() - started) * 1000
    ranked = tuple(result["topic"] for result in reply.results)
    return Result(row, ranked, reply.outcome, reply.topic, _verdict(reply, row), took)


def _verdict(reply: Any, row: Row) -> str:
    if row.label == OUT_OF_SCOPE:
        offered = reply.outcome in ("clarify_topic", "clarify_region")
        return "declined" if reply.outcome.startswith("declined") else "offered_others" if offered else "wrong"
    if reply.outcome in ("answered", "clarify_region") or (reply.outcome == "declined_no_source" and reply.topic):
        return "answered" if reply.topic in row.right else "wrong"
    if reply.outcome == "clarify_topic":
        return "offered" if row.right & set(reply.alternatives) else "offered_others"
    return "declined"


def figures(results: list[Result], snapshot: Snapshot, names: list[str]) -> dict[str, Any]:
    """Give everything that the report shows, as JSON data."""
    inside = [result for result in results if result.row.label != OUT_OF_SCOPE]
    outside = [result for result in results if result.row.label == OUT_OF_SCOPE]
    times = sorted(result.took_ms for result in results)
    pairs = Counter(
        (result.row.label, result.ranked[0]) for result in inside if result.ranked and not result.first
    ).most_common(20)
    return {
        "files": names,
        "snapshot": snapshot.number,
        "cores": os.cpu_count(),
        "phrasings": sum(len(t.phrasings) + sum(len(e.phrasings) for e in t.entries) for t in snapshot.topics.values()),
        "all": _shares(inside),
        "by_group": _grouped(inside, lambda r: snapshot.topics[r.row.label].group),
        "by_style": _grouped(inside, lambda r: r.row.style),
        "out_of_scope": {"rows": len(outside), **Counter(result.verdict for result in outside)},
        "confused": [{"label": label, "taken_for": taken, "rows": count} for (label, taken), count in pairs],
        "ms": {"median": times[len(times) // 2], "p95": times[int(len(times) * 0.95)]} if times else {},
    }


def _grouped(results: list[Result], key: Callable[[Result], str]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return {name: _shares(group) for name, group in sorted(groups.items(), key=lambda item: -len(item[1]))}


def _shares(results: list[Result]) -> dict[str, float]:
    if not results:
        return {"rows": 0}
    verdicts = Counter(result.verdict for result in results)
    return {
        "rows": len(results),
        "first": sum(result.first for result in results) / len(results),
        "among_three": sum(result.among for result in results) / len(results),
        **{verdict: verdicts[verdict] / len(results) for verdict in VERDICTS},
    }
