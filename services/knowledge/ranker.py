"""Rank topics for a message: a linear SVM on sentence vectors and character n-grams.

The phrasings of the snapshot are its only training data. Kinds of out-of-scope messages are classes of
their own, so that the ranker alone declines. Fitting takes seconds; a new snapshot gets a new ranker.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from core.entries import Entry
from core.knowledge import Snapshot
from services.knowledge.encoder import Encoder
from services.knowledge.wording import Wording

OUT_OF_SCOPE = "out_of_scope."
# Both parts have rows of length 1; equal weight measured best on phrasings held out by topic.
VECTOR_WEIGHT = 1.0
# SVM margins are not probabilities. Of 0.1 to 0.35 this had the lowest log-loss on phrasings held out in four folds.
TEMPERATURE = 0.15


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
        rows = [(text, label) for text, label in zip(*training_rows(snapshot), strict=True) if text not in leave_out]
        texts = [self._wording.plain(text) for text, _ in rows]
        labels = [label for _, label in rows]
        self._ngrams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
        self._ngrams.fit(texts)
        self._classes: NDArray[np.str_]
        self._svm = LinearSVC(C=1.0, class_weight="balanced")
        self._svm.fit(self._features(texts), labels)
        self._classes = self._svm.classes_
        self._entries = {
            topic.id: _EntryIndex(topic.entries, encoder, self._wording)
            for topic in snapshot.topics.values()
            if topic.entries
        }

    def rank(self, text: str) -> Ranking:
        """Rank topics for a message that `core.text.normalise` has been through."""
        margins = self._svm.decision_function(self._features([self._wording.plain(text)]))[0]
        scaled = (margins - margins.max()) / TEMPERATURE
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

    def _features(self, texts: list[str]) -> Any:
        vectors = sparse.csr_matrix(self._encoder.encode(texts) * VECTOR_WEIGHT)
        return sparse.hstack([vectors, self._ngrams.transform(texts)], format="csr")


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
        best = [(entry, float(scores[self._owners == number].max())) for number, entry in enumerate(self._entries)]
        return sorted(best, key=lambda pair: -pair[1])


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
