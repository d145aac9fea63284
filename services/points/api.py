"""HTTP API of the points service, on the internal listener."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from core.knowledge import Snapshot, today
from core.places import PROVINCE
from core.points import Item, Points, Scheme, Sheet, estimate
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
    """Estimate the points of one resident.

    `total` is null while `missing` names fields that it waits for, where the application would be `refused`, and
    where the scheme has no published values (`not_computable` says so). `lower_bound`: the total is at least that.
    """
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
    """List the schemes: where and when each holds, whether a total can be given, the fields it may use.

    With `?place=330106` those that apply there: the most specific first, in force and with values before the others.
    """
    snapshot = request.app[SNAPSHOT].snapshot
    rows = [_scheme(scheme, snapshot) for scheme in snapshot.schemes.values()]
    place = request.query.get("place")
    if place is not None:
        chain = snapshot.places.chain(place) if place in snapshot.places else [PROVINCE]
        rows = [row for row in rows if row["region"] in chain]
        rows.sort(key=lambda row: (chain.index(row["region"]), not row["in_force"], not row["computable"]))
    return reply({"schemes": rows})


def _scheme(scheme: Scheme, snapshot: Snapshot) -> dict[str, Any]:
    start, end = scheme.period.start, scheme.period.end
    return {
        "id": scheme.id,
        "title": scheme.title,
        "region": scheme.region,
        "region_name": snapshot.places.name(scheme.region),
        # A part of the region that has no code of its own: not to be chosen by place alone.
        "within": scheme.within,
        "effective_from": start.isoformat() if start else None,
        "effective_to": end.isoformat() if end else None,
        "in_force": scheme.period.holds(today()),
        "computable": scheme.computable,
        "complete": scheme.complete,
        "background": scheme.background,
        "fields": [field.record() for field in scheme.fields],
    }


def _record(sheet: Sheet, snapshot: Snapshot) -> dict[str, Any]:
    cited = dict.fromkeys(
        [
            *sheet.documents,
            *(document for item in sheet.items for document in item.sources),
            *(document for row in sheet.about for document in row.documents),
        ]
    )
    return {
        "scheme": sheet.scheme,
        "title": sheet.title,
        "day": sheet.day.isoformat(),
        "items": [_item(item) for item in sheet.items],
        "subtotals": [vars(part) for part in sheet.subtotals],
        "total": _range(sheet.total),
        "lower_bound": sheet.lower_bound,
        "missing": [field.record() for field in sheet.missing],
        "advice": list(sheet.advice),
        "gap": [
            {
                "purpose": gap.purpose,
                "points": gap.points,
                "year": gap.year,
                "reached": gap.reached,
                "short": {"low": gap.low, "high": gap.high},
                "text": gap.text,
            }
            for gap in sheet.gap
        ],
        "assumed": list(sheet.assumed),
        "refused": sheet.refused,
        "not_computable": sheet.not_computable,
        "about": [{"title": row.title, "text": row.text, "sources": list(row.documents)} for row in sheet.about],
        "notes": list(sheet.notes),
        "sources": [snapshot.source_record(document) for document in cited],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "part": item.part,
        "points": _range(item.points),
        "max": item.max,
        "reason": item.reason,
        "sources": list(item.sources),
        "disputed": item.disputed,
        "lower_bound": item.lower_bound,
        "counted": item.counted,
        "assumed": item.assumed,
    }


def _range(points: Points | None) -> dict[str, float | None] | None:
    return None if points is None else {"low": points.low, "high": points.high}
