"""Traditional to Simplified Chinese, by OpenCC; loaded once, the first time it is needed."""

from __future__ import annotations

from functools import lru_cache

from opencc import OpenCC


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def to_simplified(text: str) -> str:
    """Give the text in Simplified characters; Simplified text comes back unchanged."""
    converted: str = _converter().convert(text)
    return converted
