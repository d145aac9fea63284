"""`make evaluate`: measure on files of labelled questions, or on the phrasings by cross-validation.

A line of a file is JSON: `{"text", "label", "also"?: [labels that count as right], "place"?, "style"?}`; the label
`out_of_scope` means that the message must be declined, labels of dialogue acts are left to the bot's own measure.
With files, `docs/evaluation.md`, `docs/evaluation.json` and `docs/img/confusion.svg` are written: figures only, no
question. Without one, the phrasings of the snapshot are held out in five folds, which says how well topics are told
apart, not how well real questions are understood.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from core.knowledge import Snapshot, today
from services.knowledge.asking import Asker
from services.knowledge.encoder import Encoder
from services.knowledge.ranker import Ranker, training_rows
from tests.evaluate import picture, report
from tests.evaluate.measure import Row, figures, judge, read

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FOLDS = 5


def main(arguments: list[str]) -> int:
    """Measure, print the main figures, and write the documents if there were files."""
    snapshot = Snapshot.load()
    encoder = Encoder()
    # The same file that services keeps: without it most of the time goes into encoding phrasings.
    vectors = ROOT / "var" / "vectors.npz"
    encoder.read(vectors)
    if arguments:
        try:
            rows = [row for name in arguments for row in read(Path(name), set(snapshot.topics))]
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
        _measure(snapshot, encoder, rows, [Path(name).name for name in arguments])
    else:
        _measure_folds(snapshot, encoder)
    encoder.write(vectors)
    return 0


def _measure(snapshot: Snapshot, encoder: Encoder, rows: list[Row], names: list[str]) -> None:
    asker = Asker(snapshot, Ranker(snapshot, encoder))
    results = [judge(asker, row, today()) for row in rows]
    record = figures(results, snapshot, names)
    (DOCS / "img").mkdir(parents=True, exist_ok=True)
    (DOCS / "evaluation.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (DOCS / "evaluation.md").write_text(report.render(record), "utf-8")
    (DOCS / "img" / "confusion.svg").write_text(picture.confusion(results, snapshot), "utf-8")
    print(report.summary(record))
    print("wrote docs/evaluation.md, docs/evaluation.json and docs/img/confusion.svg")


def _measure_folds(snapshot: Snapshot, encoder: Encoder) -> None:
    texts, labels = training_rows(snapshot)
    right = among = 0
    for fold in range(FOLDS):
        held = {texts[i] for i in range(fold, len(texts), FOLDS)}
        ranker = Ranker(snapshot, encoder, leave_out=held)
        for i in range(fold, len(texts), FOLDS):
            best = [topic for topic, _ in ranker.rank(texts[i]).topics[:3]]
            if labels[i] in snapshot.topics:
                right += best[0] == labels[i]
                among += labels[i] in best
    inside = sum(label in snapshot.topics for label in labels)
    print(f"phrasings, {FOLDS} folds: {inside} in scope, first {right / inside:.3f}, among three {among / inside:.3f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
