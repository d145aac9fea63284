"""`python -m core.content check|report [FOLDER]`: what `make check` and `make knowledge-report` call."""

from __future__ import annotations

import sys
from pathlib import Path

from core.content_check import problems, reminders
from core.content_report import render
from core.knowledge import FOLDER, Snapshot, SnapshotError, today
from core.rules import stale
from core.rules_proofs import problems as rule_problems
from core.rules_proofs import reminders as rule_reminders

REPORT = FOLDER.parent / "docs" / "knowledge.md"


def main(arguments: list[str]) -> int:
    """Do one of the tasks; 0 when nothing is wrong, 1 with every problem named, 2 for an unknown task."""
    if not arguments or arguments[0] not in ("check", "report"):
        print("usage: python -m core.content check | report [FOLDER]", file=sys.stderr)
        return 2
    folder = Path(arguments[1]) if len(arguments) > 1 else FOLDER
    try:
        snapshot = Snapshot.load(folder, day=today())
    except SnapshotError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments[0] == "report":
        REPORT.write_text(render(snapshot), "utf-8")
        print(f"wrote {REPORT.relative_to(FOLDER.parent)}")
        return 0
    return _check(snapshot, folder)


def _check(snapshot: Snapshot, folder: Path) -> int:
    found = list(problems(snapshot.topics, snapshot.documents, snapshot.lexicon, snapshot.out_of_scope))
    if folder == FOLDER and (not REPORT.exists() or REPORT.read_text("utf-8") != render(snapshot)):
        found.append("docs/knowledge.md is not what the content gives; run make knowledge-report")
    found += rule_problems(snapshot)
    if folder == FOLDER:
        found += stale(snapshot)
    for line in (*reminders(snapshot.topics, snapshot.lexicon, today()), *rule_reminders(snapshot)):
        print(f"to look at: {line}")
    print(_summary(snapshot))
    if found:
        print(f"{len(found)} problem(s) in the content:\n" + "\n".join(found), file=sys.stderr)
    return 1 if found else 0


def _summary(snapshot: Snapshot) -> str:
    answered = [topic for topic in snapshot.topics.values() if topic.entries]
    variants = sum(len(entry.variants) for entry in snapshot.entries.values())
    phrasings = sum(len(t.phrasings) + sum(len(e.phrasings) for e in t.entries) for t in snapshot.topics.values())
    return (
        f"snapshot {snapshot.number}: {len(answered)} of {len(snapshot.topics)} topics answered, "
        f"{len(snapshot.entries)} entries, {variants} variants, {phrasings} phrasings, "
        f"{len(snapshot.documents)} documents, {len(snapshot.schemes)} schemes, {len(snapshot.tables)} checks"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
