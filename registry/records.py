"""Records of the person that a grant names: points, insurance months, permit, applications."""

import time
from datetime import date
from typing import Any

from aiohttp import hdrs, web

from registry import days
from registry.errors import Refusal, reply
from registry.keys import KEY_ID, SETTINGS, STORE
from registry.people import KINDS
from registry.tables import Grant, Person


def setup(app: web.Application) -> None:
    """Add the route of records."""
    app.router.add_get("/v1/records/{kind}", _record)


async def _record(request: web.Request) -> web.Response:
    """GET /v1/records/{kind} with `Authorization: Bearer GRANT` → the record."""
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise Refusal(404, "no_such_kind", f"there is no such record; kinds: {', '.join(KINDS)}")
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    store, now = request.app[STORE], time.time()
    async with store.write() as session:
        grant = await session.get(Grant, store.hashed("grant", token.strip()))
        if scheme.lower() != "bearer" or grant is None or grant.key_id != request[KEY_ID]:
            raise Refusal(403, "bad_grant", "the grant is not known")
        if grant.expires <= now:
            raise Refusal(403, "grant_expired", "the grant has run out; begin another challenge")
        person = await session.get_one(Person, grant.person_key)
    if kind not in person.records:
        raise Refusal(404, "no_record", f"this person has no record of the kind {kind}")
    return reply(shown(kind, person.records[kind], days.today(), request.app[SETTINGS].demo))


def shown(kind: str, kept: dict[str, Any], day: date, demo: bool) -> dict[str, Any]:
    """Give a record as the contract has it: relative days resolved, months and status worked out."""
    record = days.resolved(kept, day)
    if kind == "insurance":
        totals: dict[str, int] = {}
        for period in record["periods"]:
            period["months"] = days.index(period["last"]) - days.index(period["first"]) + 1
            totals[period["kind"]] = totals.get(period["kind"], 0) + period["months"]
        record["totals"] = totals
    if kind == "permit":
        current = date.fromisoformat(record["valid_until"]) >= day
        record["status"] = "cancelled" if record.pop("cancelled", False) else "valid" if current else "suspended"
    return {"kind": kind, "demo": demo, **record}
