"""`python -m core.rules explain ID [--day 2026-11-24]` and `docs`: the rules as pages that people can read."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from core.knowledge import FOLDER, Snapshot, SnapshotError
from core.rules_dated import NotInForce
from core.rules_page import pages, render

PAGES = FOLDER.parent / "docs" / "rules"


def main(arguments: list[str]) -> int:
    """Do one of the tasks; 0 when it is done, 1 with the reason where it cannot be, 2 for an unknown one."""
    parser = ArgumentParser(prog="python -m core.rules")
    tasks = parser.add_subparsers(dest="task", required=True)
    explain = tasks.add_parser("explain", help="print a check, a route or a points scheme as a page in Chinese")
    explain.add_argument("id", help="such as residence_permit.apply or zhejiang-provincial")
    explain.add_argument("--day", type=date.fromisoformat, help="show what holds on that day, not every dated value")
    explain.add_argument("--folder", type=Path, default=FOLDER, help="content laid out like knowledge/")
    docs = tasks.add_parser("docs", help="write docs/rules/ from the rules")
    docs.add_argument("--folder", type=Path, default=FOLDER, help="content laid out like knowledge/")
    docs.add_argument("--into", type=Path, default=PAGES, help="where to write")
    chosen = parser.parse_args(arguments)
    try:
        snapshot = Snapshot.load(chosen.folder)
    except SnapshotError as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.task == "docs":
        print(f"wrote {write(snapshot, chosen.into)} pages to {chosen.into}")
        return 0
    return _explain(snapshot, chosen.id, chosen.day)


def write(snapshot: Snapshot, into: Path = PAGES) -> int:
    """Write every page and drop those of rules that are gone; give how many there are."""
    into.mkdir(parents=True, exist_ok=True)
    wanted = pages(snapshot)
    for name, text in wanted.items():
        (into / name).write_text(text, "utf-8")
    for path in into.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    return len(wanted)


def stale(snapshot: Snapshot, folder: Path = PAGES) -> Iterator[str]:
    """Name every page that is not what the rules give, for `make check`."""
    wanted = pages(snapshot)
    for name, text in wanted.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            yield f"docs/rules/{name} is not what the rules give; run make rules-docs"
    for path in sorted(folder.glob("*.md")):
        if path.name not in wanted:
            yield f"docs/rules/{path.name} belongs to no rules; run make rules-docs"


def _explain(snapshot: Snapshot, id: str, day: date | None) -> int:
    if id not in snapshot.tables and id not in snapshot.schemes:
        known = ", ".join((*snapshot.tables, *snapshot.schemes))
        print(f"no check and no points scheme is called {id!r}; one of: {known}", file=sys.stderr)
        return 1
    try:
        print(render(snapshot, id, day))
    except NotInForce as error:
        print(error.sentence, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
