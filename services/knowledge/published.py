"""The published snapshot with the ranker fitted to it; replaced as one, so that no request sees half of each."""

from __future__ import annotations

import asyncio
from pathlib import Path

from core.knowledge import FOLDER, Snapshot, today
from services.knowledge.asking import Asker, Question
from services.knowledge.encoder import Encoder
from services.knowledge.ranker import Ranker


class Published:
    """What services answers from now: `snapshot`, `ranker` and `asker`, all of the same number."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, folder: Path = FOLDER) -> None:
        self._encoder, self._folder = encoder, folder
        self._reloading = asyncio.Lock()
        self._set(snapshot)

    @classmethod
    async def load(cls, folder: Path = FOLDER, vectors: Path | None = None) -> Published:
        """Read the content and fit the ranker, off the event loop.

        Args:
            folder: the content.
            vectors: file that keeps phrasing vectors between starts; read if it is there, then written.
        Raises:
            SnapshotError: the content has problems; none of it is published.
        """
        return await asyncio.to_thread(cls._load, folder, vectors)

    @classmethod
    def _load(cls, folder: Path, vectors: Path | None) -> Published:
        encoder = Encoder()
        if vectors is not None:
            encoder.read(vectors)
        published = cls(Snapshot.load(folder), encoder, folder)
        # The first message would wait a second for the encoder's vocabulary and OpenCC's dictionary.
        published.asker.ask(Question("您好", today()))
        if vectors is not None:
            encoder.write(vectors)
        return published

    async def publish(self, snapshot: Snapshot) -> None:
        """Fit a ranker to a new snapshot, then swap; requests under way finish on the old one."""
        ranker = await asyncio.to_thread(Ranker, snapshot, self._encoder)
        self.snapshot, self.ranker, self.asker = snapshot, ranker, Asker(snapshot, ranker)

    async def reload(self) -> bool:
        """Read the files again and publish them; give False when nothing has changed.

        Only phrasings that are new are encoded, so it takes seconds; two calls at once run one after the other.
        Raises:
            SnapshotError: the files have problems; what was published stays.
        """
        async with self._reloading:
            snapshot = await asyncio.to_thread(Snapshot.load, self._folder)
            if snapshot.number == self.snapshot.number:
                return False
            await self.publish(snapshot)
            return True

    def _set(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.ranker = Ranker(snapshot, self._encoder)
        self.asker = Asker(snapshot, self.ranker)
