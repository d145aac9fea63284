"""Rank topics for a message: a linear SVM and the nearest phrasings, over meaning, characters and words.

The phrasings of the snapshot are its only training data. Kinds of out-of-scope messages are classes of
their own, so that the ranker alone declines. Fitting takes seconds; a new snapshot gets a new ranker.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from core.entries import Entry
from core.knowledge import Snapshot
from services.knowledge.encoder import Encoder
from services.knowledge.features import Features, Nearest
from services.knowledge.wording import Wording

OUT_OF_SCOPE = "out_of_scope."
# Both scores are made comparable by mean and deviation over the classes, then added. On the visible questions (none
# of them trained on) the SVM alone had 0.842 first and 0.975 among three, with the nearest three 0.863 and 0.981.
NEAREST = 3
NEAREST_WEIGHT = 1.0
# The sum is no probability. With 1.0 a share means about what it says on the visible questions.
TEMPERATURE = 1.0


@dataclass(frozen=True)
class Ranking:
    """What the ranker makes of one message."""

    topics: list[tuple[str, float]]
    """Topic ids with their share of confidence, best first; the shares and `out_of_scope` add up to 1."""
    out_of_scope: float
    out_of_scope_group: str | None
    """The likeliest kind of out-of-scope message, without the prefix."""


class Ranker:
    """Topics by message, entries by message within a topic; immutable once fitted."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, leave_out: Collection[str] = ()) -> None:
        """Fit to a snapshot; `leave_out` are phrasings kept back to measure on."""
        self._encoder = encoder
        self._wording = Wording(snapshot.places, snapshot.lexicon)
        known = [(text, label) for text, label in zip(*training_rows(snapshot), strict=True) if text not in leave_out]
        texts = [self._wording.plain(text) for text, _ in known]
        labels = [label for _, label in known]
        self._features = Features(texts, encoder)
        rows = self._features.of(texts)
        self._svm = LinearSVC(C=0.5, class_weight="balanced")
        self._svm.fit(rows, labels)
        self._classes: NDArray[np.str_] = self._svm.classes_
        self._nearest = Nearest(rows, np.array(labels), self._classes, NEAREST)
        self._entries = {
            topic.id: _EntryIndex(topic.entries, encoder, self._wording)
            for topic in snapshot.topics.values()
            if topic.entries
        }

    def rank(self, text: str) -> Ranking:
        """Rank topics for a message that `core.text.normalise` has been through."""
        row = self._features.of([self._wording.plain(text)])
        scores = _standard(self._svm.decision_function(row)[0])
        scores = scores + NEAREST_WEIGHT * _standard(self._nearest.scores(row))
        scaled = (scores - scores.max()) / TEMPERATURE
        shares = np.exp(scaled) / np.exp(scaled).sum()
        order = np.argsort(-shares)
        topics: list[tuple[str, float]] = []
        outside, group = 0.0, None
        for row in order:
            label, share = str(self._classes[row]), float(shares[row])
            if label.startswith(OUT_OF_SCOPE):
                outside += share
                group = group or label.removeprefix(OUT_OF_SCOPE)
            else:
                topics.append((label, share))
        return Ranking(topics, outside, group)

    def read_as(self, text: str) -> str:
        """Give the message in the words in which it is compared."""
        return self._wording.plain(text)

    def entries(self, topic: str, text: str) -> list[tuple[Entry, float]]:
        """Order a topic's entries for a message, best first, with a score in [-1, 1]; empty if it has none."""
        index = self._entries.get(topic)
        return index.order(text) if index else []


class _EntryIndex:
    """The entries of one topic by their questions and phrasings: nearest in meaning and in letters."""

    def __init__(self, entries: tuple[Entry, ...], encoder: Encoder, wording: Wording) -> None:
        self._entries, self._encoder, self._wording = entries, encoder, wording
        rows = [
            (number, wording.plain(text))
            for number, entry in enumerate(entries)
            for text in (entry.question, *entry.phrasings)
        ]
        self._owners = np.array([number for number, _ in rows])
        texts = [text for _, text in rows]
        self._vectors = encoder.encode(texts)
        self._ngrams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
        self._letters = self._ngrams.fit_transform(texts)

    def order(self, text: str) -> list[tuple[Entry, float]]:
        plain = self._wording.plain(text)
        meaning = self._vectors @ self._encoder.encode([plain])[0]
        letters = np.asarray((self._letters @ self._ngrams.transform([plain]).T).todense()).ravel()
        scores = (meaning + letters) / 2
        # The nearest few speak for an entry: of phrasings held out they found it for 68 %, the nearest alone for 63 %.
        best = [
            (entry, float(np.sort(scores[self._owners == number])[-NEAREST:].mean()))
            for number, entry in enumerate(self._entries)
        ]
        return sorted(best, key=lambda pair: -pair[1])


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give scores with mean 0 and deviation 1."""
    standard: NDArray[np.float64] = (scores - scores.mean()) / (scores.std() or 1.0)
    return standard


def training_rows(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """Give every phrasing with its label: a topic id, or `out_of_scope.` and the group's id."""
    rows: dict[str, str] = {}
    for topic in snapshot.topics.values():
        if not topic.phrasings:
            continue
        for text in (topic.title, *topic.phrasings):
            rows.setdefault(text, topic.id)
        for entry in topic.entries:
            for text in (entry.question, *entry.phrasings):
                rows.setdefault(text, topic.id)
    for group in snapshot.out_of_scope.values():
        for text in group.phrasings:
            rows.setdefault(text, OUT_OF_SCOPE + group.id)
    return list(rows), list(rows.values())
