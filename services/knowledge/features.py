"""What the ranker sees of a message: its meaning, its characters and its words, each a row of length 1."""

from __future__ import annotations

import logging
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from core.knowledge import FOLDER
from services.knowledge.encoder import Encoder

with warnings.catch_warnings():
    # jieba 0.42.1 has escapes in its patterns that Python 3.12 warns of at each start.
    warnings.simplefilter("ignore", SyntaxWarning)
    import jieba

# jieba says at each start that it reads its dictionary.
logging.getLogger("jieba").setLevel(logging.WARNING)

# Words of the field, which jieba's own dictionary would cut: 积分落户, 异地就医备案.
DICTIONARY = FOLDER / "lexicon" / "jieba" / "anju.txt"
# Length of the vector of meaning, which stands first in a row.
MEANING = 512


class Features:
    """Fitted to the phrasings once; immutable."""

    def __init__(self, texts: list[str], encoder: Encoder) -> None:
        """Fit to texts that `Wording.plain` has been through."""
        self._encoder = encoder
        self._characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
        self._words = TfidfVectorizer(
            analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True, dtype=np.float32
        )
        self._characters.fit(texts)
        self._words.fit([cut(text) for text in texts])

    def of(self, texts: list[str]) -> Any:
        """Give a sparse matrix, a row for each text: meaning (512), characters and words side by side."""
        return sparse.hstack([sparse.csr_matrix(self._encoder.encode(texts)), *self._counted(texts)], format="csr")

    def _counted(self, texts: list[str]) -> tuple[Any, Any]:
        return self._characters.transform(texts), self._words.transform([cut(text) for text in texts])


class Nearest:
    """How near a message is to the nearest phrasings of each class."""

    def __init__(self, rows: Any, labels: NDArray[np.str_], classes: NDArray[np.str_], count: int) -> None:
        """Keep the phrasings' features, those of one class together; `count` of them speak for a class."""
        order = np.argsort(labels, kind="stable")
        ordered = sparse.csr_matrix(rows[order])
        # Meaning is dense: multiplied as such, it takes a tenth of the time.
        self._meanings = ordered[:, :MEANING].toarray()
        self._counts = ordered[:, MEANING:].T.tocsr()
        self._starts = np.searchsorted(labels[order], classes)
        self._ends = np.append(self._starts[1:], len(labels))
        self._count = count

    def scores(self, row: Any) -> NDArray[np.float64]:
        """Give the mean similarity of the nearest phrasings of each class, in the order of the classes."""
        similar = self._meanings @ row[:, :MEANING].toarray().ravel()
        similar += (row[:, MEANING:] @ self._counts).toarray().ravel()
        found = np.empty(len(self._starts))
        for index, (start, end) in enumerate(zip(self._starts, self._ends, strict=True)):
            own = similar[start:end]
            nearest = own if len(own) <= self._count else np.partition(own, -self._count)[-self._count :]
            found[index] = nearest.mean()
        return found


def cut(text: str) -> str:
    """Cut a text into words, parted by blanks."""
    return " ".join(_tokenizer(DICTIONARY).cut(text))


@lru_cache(maxsize=1)
def _tokenizer(dictionary: Path) -> jieba.Tokenizer:
    # An own one: jieba's global tokenizer would take the words for every user of the process.
    tokenizer = jieba.Tokenizer()
    tokenizer.load_userdict(str(dictionary))
    return tokenizer
