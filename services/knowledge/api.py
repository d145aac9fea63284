"""HTTP API of the knowledge service, on the internal listener."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from core.entries import Entry, Topic
from core.knowledge import Snapshot, SnapshotError, today
from services import bodies
from services.errors import ApiError
from services.keys import SNAPSHOT
from services.knowledge.asking import Question

# Residents may type 500 characters; the rest is room for callers of the API.
MAX_CHARACTERS = 2000


class AskBody(BaseModel):
    """Body of `POST /api/knowledge/ask`: words, or an id that was tapped."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=MAX_CHARACTERS)
    region: str | None = None
    day: date | None = None
    k: int = Field(default=3, ge=1, le=20)
    topic: str | None = None
    entry: str | None = None
    explain: bool = False


def setup(app: web.Application) -> None:
    """Add the routes of the knowledge API."""
    app.router.add_post("/api/knowledge/ask", ask)
    app.router.add_post("/api/knowledge/reload", reload)
    app.router.add_get("/api/knowledge/topics", topics)
    app.router.add_get("/api/knowledge/entries/{id}", entry)


async def ask(request: web.Request) -> web.Response:
    """Answer one question with the outcome record of the contract."""
    body = await bodies.read(request, AskBody)
    if not (body.q.strip() or body.topic or body.entry):
        raise ApiError(422, "empty_question", "问题是空的：请在 q 里写问题，或者给出 topic 或 entry。")
    question = Question(body.q, body.day or today(), body.region, body.topic, body.entry, body.k)
    try:
        reply = request.app[SNAPSHOT].asker.ask(question)
    except KeyError as error:
        raise ApiError(422, "unknown_id", str(error.args[0])) from error
    record: dict[str, Any] = asdict(reply)
    if body.explain:
        record["explain"] = request.app[SNAPSHOT].asker.explain(body.q)
    return web.json_response(record)


async def reload(request: web.Request) -> web.Response:
    """Publish the content files as they are now; refused whole, with every problem, if one cannot be read."""
    published = request.app[SNAPSHOT]
    try:
        changed = await published.reload()
    except SnapshotError as error:
        raise ApiError(422, "content_has_problems", str(error)) from error
    snapshot = published.snapshot
    return web.json_response({"snapshot": snapshot.number, "changed": changed, "entries": len(snapshot.entries)})


async def topics(request: web.Request) -> web.Response:
    """List every topic with its entries; a topic without entries has no approved answer yet."""
    snapshot = request.app[SNAPSHOT].snapshot
    rows = [_topic_record(topic) for topic in snapshot.topics.values()]
    return web.json_response({"snapshot": snapshot.number, "topics": rows})


async def entry(request: web.Request) -> web.Response:
    """Give one entry whole, with every variant and source."""
    snapshot = request.app[SNAPSHOT].snapshot
    found = snapshot.entries.get(request.match_info["id"])
    if found is None:
        raise ApiError(
            404, "unknown_entry", f"没有条目 {request.match_info['id']}，可用的条目见 /api/knowledge/topics。"
        )
    return web.json_response({"snapshot": snapshot.number, **_entry_record(found, snapshot)})


def _topic_record(topic: Topic) -> dict[str, Any]:
    return {
        "id": topic.id,
        "title": topic.title,
        "scope": topic.scope,
        "group": topic.group,
        "entries": [{"id": entry.id, "title": entry.question} for entry in topic.entries],
    }


def _entry_record(found: Entry, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": found.id,
        "topic": found.topic,
        "title": found.question,
        "variants": [
            {
                "regions": list(variant.regions),
                "answer": variant.answer,
                "details": variant.details,
                "next_step": variant.next_step.record(),
                "trust": variant.trust,
                "disputed": variant.disputed,
                "notice": variant.notice,
                "effective_from": variant.effective_from.isoformat() if variant.effective_from else None,
                "effective_to": variant.effective_to.isoformat() if variant.effective_to else None,
                "reviewed": variant.reviewed.isoformat(),
                "review_by": variant.review_by.isoformat(),
                "sources": [snapshot.source_record(source.document) for source in variant.sources],
            }
            for variant in found.variants
        ],
    }
