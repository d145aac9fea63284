"""HTTP API of the eligibility service, on the internal listener."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from core.eligibility import Decision, Nearest, decide
from core.eligibility_trace import explanation, record
from core.entries import Document
from core.knowledge import Snapshot
from services import bodies, facts
from services.errors import ApiError
from services.keys import SNAPSHOT
from services.replies import reply

# Weakest first: a decision can be trusted as far as the weakest document that it rests on.
TRUST_NOTES = {
    "old": "依据里有较早的资料{when}，办之前请先问当地窗口。",
    "secondary": "依据：媒体报道或办事指南{when}，以当地窗口答复为准。",
    "seed": "依据：2023—2027 年省实施方案。这是方案提出的方向，以当地窗口答复为准。",
}


class CheckBody(facts.FactsBody):
    """`trace`: give with the decision which rules, facts and dated values it came from."""

    trace: bool = False


def setup(app: web.Application) -> None:
    """Add the routes of the eligibility API."""
    app.router.add_post("/api/eligibility/{check}", decide_check)
    app.router.add_get("/api/eligibility", checks)


async def decide_check(request: web.Request) -> web.Response:
    """Decide one check; while `missing` is not empty, each answer to it can still change the outcome."""
    body = await bodies.read(request, CheckBody)
    snapshot = request.app[SNAPSHOT].snapshot
    check = snapshot.tables.get(request.match_info["check"])
    if check is None:
        raise ApiError(404, "unknown_check", "没有这项判断，可用的见 /api/eligibility。")
    known = facts.canonical(check.fields, body, snapshot.places)
    with facts.refusals():
        decision = decide(check, known.facts, body.on)
    answer = {**_record(decision, snapshot), "day": body.on.isoformat(), "periods": known.counted}
    answer["explanation"] = explanation(decision, known.facts, body.on, snapshot.documents)
    if body.trace:
        answer["trace"] = record(decision, known.facts, body.on, snapshot.documents)
    return reply(answer)


async def checks(request: web.Request) -> web.Response:
    """List the checks with the fields that each may ask for."""
    rows = [
        {
            "id": check.id,
            "title": check.title,
            "question": check.question,
            "topic": check.topic,
            "region": check.region,
            "fields": [field.record() for field in check.fields],
        }
        for check in request.app[SNAPSHOT].snapshot.tables.values()
    ]
    return reply({"checks": rows})


def _record(decision: Decision, snapshot: Snapshot) -> dict[str, Any]:
    documents = [snapshot.documents[document] for document in decision.documents]
    trust = _trust_note(documents) if decision.outcome != "need_info" else None
    return {
        "check": decision.check,
        "title": decision.title,
        "outcome": decision.outcome,
        # The answer in a word or number where the table gives one, else the sentence; `sentence` is for people.
        "answer": decision.answer if decision.value is None else decision.value,
        "sentence": decision.answer,
        "result": {item.name: item.value for item in decision.results},
        "results": [{"title": item.title, "text": item.text} for item in decision.results],
        "reason": decision.reason,
        "rule": decision.rule,
        "missing": [field.record() for field in decision.missing],
        "assumed": [vars(item) for item in decision.assumed],
        "notes": [*decision.notes, *([trust] if trust else [])],
        "gap": list(decision.gap),
        "next_step": {"text": decision.next_step} if decision.next_step else None,
        "nearest": _nearest(decision.nearest) if decision.nearest else None,
        "sources": [document.record() for document in documents],
    }


def _nearest(nearest: Nearest) -> dict[str, Any]:
    return {
        "check": nearest.check,
        "title": nearest.title,
        "outcome": nearest.outcome,
        "reason": nearest.reason,
        "next_step": {"text": nearest.next_step} if nearest.next_step else None,
        "gap": list(nearest.gap),
    }


def _trust_note(documents: list[Document]) -> str | None:
    levels = {document.trust for document in documents}
    for level, words in TRUST_NOTES.items():
        if level in levels:
            own = (document for document in documents if document.trust == level)
            years = sorted({document.published[:4] for document in own if document.published})
            return words.format(when=f"（{years[-1]} 年）" if years else "（来源没有写日期）")
    return None
