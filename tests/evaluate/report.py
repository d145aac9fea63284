"""The figures of one evaluation as a page in Markdown, for developers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

COLUMNS = ("rows", "first", "among_three", "answered", "offered", "declined", "offered_others", "wrong")


def summary(record: dict[str, Any]) -> str:
    """Give the main figures in two lines."""
    every, outside = record["all"], record["out_of_scope"]
    lines = []
    if every["rows"]:
        lines.append(
            f"{every['rows']} questions: right first {every['first']:.3f}, among three {every['among_three']:.3f}; "
            f"answered {every['answered']:.3f}, right one offered {every['offered']:.3f}, declined "
            f"{every['declined']:.3f}, others offered {every['offered_others']:.3f}, wrong {every['wrong']:.3f}"
        )
    if outside["rows"]:
        lines.append(
            f"out of scope: {outside['rows']} messages, answered {outside.get('wrong', 0)}, "
            f"choices offered {outside.get('offered_others', 0)}, declined {outside.get('declined', 0)}"
        )
    return "\n".join(lines)


def render(record: dict[str, Any]) -> str:
    """Write the page."""
    return "\n".join([*_head(record), *_tables(record), *_confused(record), ""])


def _head(record: dict[str, Any]) -> Iterator[str]:
    files = " ".join(record["files"])
    yield "# How well questions are understood"
    yield ""
    yield f'Written by `make evaluate QUESTIONS="{files}"`; do not edit. Snapshot {record["snapshot"]}, '
    yield f"{record['phrasings']} phrasings, {record['cores']} cores. The same figures as data: `evaluation.json`."
    yield ""
    yield summary(record)
    if record["ms"]:
        yield ""
        yield f"One question takes {record['ms']['median']:.1f} ms (median), {record['ms']['p95']:.1f} ms (95 %)."
    yield ""
    yield "`first`: the best topic is right. `among_three`: one of the best three is. What a resident gets: `answered` "
    yield "with the right topic (a question for the place included), `offered` choices that hold the right one, "
    yield "`declined`, choices that do not hold it (`offered_others`), or a `wrong` topic's answer. A row's `also` "
    yield "labels count as right. Places outside Zhejiang are said as 本地 before asking."
    yield ""


def _tables(record: dict[str, Any]) -> Iterator[str]:
    for title, key in (("By group of topics", "by_group"), ("By style of question", "by_style")):
        yield f"## {title}"
        yield ""
        yield "| | " + " | ".join(COLUMNS) + " |"
        yield "|---" * (len(COLUMNS) + 1) + "|"
        rows = {**record[key], "all": record["all"]}
        for name, shares in rows.items():
            cells = (f"{shares[c]:.3f}" if c != "rows" else str(shares[c]) for c in COLUMNS if c in shares)
            yield f"| {name} | " + " | ".join(cells) + " |"
        yield ""


def _confused(record: dict[str, Any]) -> Iterator[str]:
    yield "## What is taken for what"
    yield ""
    yield "![Share of each group's questions by the group of the best topic](img/confusion.svg)"
    yield ""
    yield "| label | taken for | rows |"
    yield "|---|---|---|"
    for pair in record["confused"]:
        yield f"| `{pair['label']}` | `{pair['taken_for']}` | {pair['rows']} |"
