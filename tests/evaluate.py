"""`make evaluate`: how well questions are understood, on a file of labelled questions.

A line of the file is JSON: `{"text", "label", "also"?: [topics that count as right]}`; the label
`out_of_scope` means that the message must be declined. Without a file the phrasings of the snapshot are
measured by five-fold cross-validation, which says how well topics are told apart, not how well real
questions are understood.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from core.knowledge import Snapshot, today
from services.knowledge.asking import Asker, Question
from services.knowledge.encoder import Encoder
from services.knowledge.ranker import Ranker, training_rows

ROOT = Path(__file__).resolve().parents[1]
FOLDS = 5


def main(arguments: list[str]) -> int:
    """Print the figures for a file, or for the phrasings."""
    snapshot = Snapshot.load()
    encoder = Encoder()
    # The same file that services keeps: without it most of the time goes into encoding phrasings.
    vectors = ROOT / "var" / "vectors.npz"
    encoder.read(vectors)
    if arguments:
        rows = [json.loads(line) for line in Path(arguments[0]).read_text("utf-8").splitlines() if line.strip()]
        _measure_file(snapshot, encoder, rows, today())
    else:
        _measure_folds(snapshot, encoder)
    encoder.write(vectors)
    return 0


def _measure_file(snapshot: Snapshot, encoder: Encoder, rows: list[dict[str, Any]], day: date) -> None:
    asker = Asker(snapshot, Ranker(snapshot, encoder))
    answered = {topic.id for topic in snapshot.topics.values() if topic.entries}
    inside = [row for row in rows if row["label"] in snapshot.topics]
    outside = [row for row in rows if row["label"] == "out_of_scope"]
    for name, chosen in (
        ("all topics", inside),
        ("topics with answers", [row for row in inside if row["label"] in answered]),
    ):
        if chosen:
            _report(name, asker, chosen, day)
    if outside:
        outcomes = Counter(asker.ask(Question(row["text"], day)).outcome for row in outside)
        print(f"out of scope: {len(outside)} messages, answered {outcomes['answered']}; outcomes {dict(outcomes)}")


def _report(name: str, asker: Asker, rows: list[dict[str, Any]], day: date) -> None:
    first = among = wrong = 0
    outcomes: Counter[str] = Counter()
    started = time.perf_counter()
    for row in rows:
        reply = asker.ask(Question(row["text"], day))
        right = {row["label"], *row.get("also", [])}
        ranked = [result["topic"] for result in reply.results]
        first += ranked[0] in right
        among += bool(right & set(ranked))
        wrong += reply.outcome == "answered" and reply.topic not in right
        outcomes[reply.outcome] += 1
    took = (time.perf_counter() - started) / len(rows) * 1000
    print(
        f"{name}: {len(rows)} questions, right first {first / len(rows):.3f}, among three {among / len(rows):.3f}, "
        f"answered wrongly {wrong / len(rows):.3f}, {took:.0f} ms a question; outcomes {dict(outcomes)}"
    )


def _measure_folds(snapshot: Snapshot, encoder: Encoder) -> None:
    texts, labels = training_rows(snapshot)
    right = among = 0
    for fold in range(FOLDS):
        held = {texts[i] for i in range(fold, len(texts), FOLDS)}
        ranker = Ranker(snapshot, encoder, leave_out=held)
        for i in range(fold, len(texts), FOLDS):
            ranking = ranker.rank(texts[i])
            best = [topic for topic, _ in ranking.topics[:3]]
            if labels[i] in snapshot.topics:
                right += best[0] == labels[i]
                among += labels[i] in best
    inside = sum(label in snapshot.topics for label in labels)
    figures = f"right first {right / inside:.3f}, among three {among / inside:.3f}"
    print(f"phrasings, {FOLDS} folds: {inside} in scope, {figures}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
