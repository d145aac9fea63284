"""HTTP API of the points service, on the internal listener."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from core.knowledge import Snapshot
from core.points import Points, Sheet, estimate
from services import bodies, facts
from services.errors import ApiError
from services.keys import SNAPSHOT
from services.replies import reply


class EstimateBody(facts.FactsBody):
    """Body of `POST /api/points/estimate`."""

    scheme: str


def setup(app: web.Application) -> None:
    """Add the routes of the points API."""
    app.router.add_post("/api/points/estimate", estimate_points)
    app.router.add_get("/api/points/schemes", schemes)


async def estimate_points(request: web.Request) -> web.Response:
    """Estimate the points of one resident; `total` is null while `missing` names fields to ask for."""
    body = await bodies.read(request, EstimateBody)
    snapshot = request.app[SNAPSHOT].snapshot
    scheme = snapshot.schemes.get(body.scheme)
    if scheme is None:
        raise ApiError(404, "unknown_scheme", "没有这个积分办法，可用的见 /api/points/schemes。")
    known = facts.canonical(scheme.fields, body, snapshot.places)
    with facts.refusals():
        sheet = estimate(scheme, known.facts, body.on)
    return reply({**_record(sheet, snapshot), "periods": known.counted})


async def schemes(request: web.Request) -> web.Response:
    """List the schemes with the fields that each may ask for."""
    rows = [
        {
            "id": scheme.id,
            "title": scheme.title,
            "region": scheme.region,
            "fields": [field.record() for field in scheme.fields],
        }
        for scheme in request.app[SNAPSHOT].snapshot.schemes.values()
    ]
    return reply({"schemes": rows})


def _record(sheet: Sheet, snapshot: Snapshot) -> dict[str, Any]:
    cited = dict.fromkeys([*sheet.documents, *(document for item in sheet.items for document in item.sources)])
    return {
        "scheme": sheet.scheme,
        "title": sheet.title,
        "day": sheet.day.isoformat(),
        "items": [
            {
                "id": item.id,
                "title": item.title,
                "points": _range(item.points),
                "max": item.max,
                "reason": item.reason,
                "sources": list(item.sources),
                "disputed": item.disputed,
            }
            for item in sheet.items
        ],
        "subtotals": [vars(part) for part in sheet.subtotals],
        "total": _range(sheet.total),
        "missing": [field.record() for field in sheet.missing],
        "advice": list(sheet.advice),
        "notes": list(sheet.notes),
        "sources": [snapshot.source_record(document) for document in cited],
    }


def _range(points: Points | None) -> dict[str, float] | None:
    return None if points is None else {"low": points.low, "high": points.high}
