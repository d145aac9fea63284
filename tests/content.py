"""The real content, published once for all tests of a run: its phrasings take most of a minute to encode."""

import asyncio
import functools

from services.knowledge.published import Published


@functools.cache
def published() -> Published:
    """Give the content as services answers from it. Tests that change files load a copy of their own."""
    return asyncio.run(Published.load())
