"""Figures for Prometheus: turns by outcome, how long they take, what is open. No text, no ids."""

import re

from aiohttp import web
from prometheus_client import Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 3, 4, 5)

TURNS = Counter("anju_turns", "Turns of residents, by outcome.", ["outcome"])
TURN_SECONDS = Histogram("anju_turn_seconds", "From a resident's message to its stored reply.", buckets=_SECONDS)
BOT_SECONDS = Histogram("anju_bot_seconds", "One call of the bot.", buckets=_SECONDS)
STREAMS = Gauge("anju_streams", "Event streams open now.")
CONVERSATIONS = Counter("anju_conversations", "Conversations begun.")
RATINGS = Counter("anju_ratings", "Ratings taken, changed ones each time, by value and reason.", ["value", "reason"])
FAILURES = Counter("anju_failures", "Turns refused before they could be kept, by reason.", ["reason"])

DELETED = Counter("anju_conversations_deleted", "Conversations deleted, by reason (asked, retention).", ["reason"])
RETENTION_RUNS = Counter("anju_retention_runs", "Runs of the retention job in this process, by result.", ["result"])
RETENTION_DONE = Gauge("anju_retention_done_seconds", "When the job was last done, by whichever process; Unix time.")

REGISTRY_CALLS = Counter("anju_registry_calls", "Calls of the registry, by outcome.", ["call", "outcome"])
REGISTRY_SECONDS = Histogram("anju_registry_seconds", "One call of the registry.", ["call"], buckets=_SECONDS)
REGISTRY_OPEN = Gauge("anju_registry_breaker_open", "1 while the registry is not asked because it failed.")
SECRETS = Counter("anju_secrets", "Secrets of residents, by field and what became of them.", ["field", "result"])


def setup(app: web.Application) -> None:
    """Serve `GET /metrics`, on the internal listener only."""
    app.router.add_get("/metrics", _metrics)


def outcome_label(outcome: object) -> str:
    """Give an outcome as a label; anything that is not one of our words is `other`."""
    return outcome if isinstance(outcome, str) and re.fullmatch(r"[a-z_]{1,40}", outcome) else "other"


async def _metrics(_request: web.Request) -> web.Response:
    return web.Response(text=generate_latest().decode(), content_type="text/plain")
