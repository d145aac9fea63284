"""Ring when a conversation has something new, so that its open streams look.

In one process. Nothing travels with the ring: a listener reads the log after what it has, so a ring
that is missed costs a moment and never a message.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """Listeners by conversation."""

    def __init__(self) -> None:
        self.closed = False
        self._listeners: dict[str, set[asyncio.Event]] = {}

    def ring(self, conversation: str) -> None:
        """Wake everyone who listens to this conversation."""
        for event in self._listeners.get(conversation, ()):
            event.set()

    @contextmanager
    def listening(self, conversation: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each ring; clear it before looking."""
        event = asyncio.Event()
        self._listeners.setdefault(conversation, set()).add(event)
        try:
            yield event
        finally:
            listeners = self._listeners[conversation]
            listeners.discard(event)
            if not listeners:
                del self._listeners[conversation]

    def close(self) -> None:
        """Wake everyone for the last time: `closed` says that the process stops."""
        self.closed = True
        for conversation in list(self._listeners):
            self.ring(conversation)
