"""What the OpenAPI documents allow and what they forbid, made up by schemathesis and sent to the real applications.

No answer may be a 5xx, each must fit its schema, and what a schema forbids must be refused. A sample here; `make fuzz`
sends far more (FUZZ_EXAMPLES for each operation).
"""

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

import pytest
import requests
import schemathesis
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from core.fields import Field
from services import app as applications
from services import openapi
from services.keys import SNAPSHOT
from services.settings import read
from tests.content import published
from tests.services.standin import StandInBot

SAMPLE = not os.environ.get("FUZZ_EXAMPLES")
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES") or 30)
# A turn may take 5 s.
LIMIT_S = 10
# Everything that a bot may say, so that each part of a message meets its schema.
CUSTOM = {
    "outcome": {"outcome": "answered", "topic": "settlement.renting", "entry": "x", "region": None, "snapshot": "abc"},
    "sources": [{"document": "d", "title": "办法", "url": None, "number": None, "published": None, "trust": "old"}],
    "details": "条件……",
    "notes": ["适用地区：浙江省"],
    "sheet": {"title": "积分", "columns": ["项"], "rows": [["年龄"]], "total": "72", "notes": []},
    "progress": {"number": 3, "about": 6},
}


def _config() -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "generation": {
                "max-examples": EXAMPLES,
                # The token is ours; whether it may be left out is a check of its own.
                "with-security-parameters": False,
                # The sample is the same on every machine.
                "deterministic": SAMPLE,
            },
            "checks": {
                # Ids, days and facts of a right form may still be unknown: 404 and 422 are right answers then.
                "positive_data_acceptance": {"enabled": False},
                "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "405", "413", "422"]},
            },
            # GET of these is the route of records, `/api/registry/{kind}`, and says that there is no such kind.
            "operations": [
                {
                    "include-path": path,
                    "checks": {name: {"enabled": False} for name in ("unsupported_method", "allow_header_conformance")},
                }
                for path in ("/api/registry/challenge", "/api/registry/verify")
            ],
        }
    )


# The same as for schemathesis, by hypothesis alone.
MANY = settings(max_examples=EXAMPLES * 3, deadline=None, derandomize=SAMPLE, suppress_health_check=list(HealthCheck))
TEXT = st.text(st.characters(codec="utf-8"), max_size=15)
PUBLIC = schemathesis.openapi.from_dict(openapi.public(), config=_config()).exclude(path="/chat/events", method="GET")
INTERNAL = schemathesis.openapi.from_dict(openapi.internal(), config=_config())


class Listeners:
    """Both applications on ports of their own, in a loop of their own: schemathesis asks from outside."""

    def __init__(self, folder: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._folder = folder
        self._servers: list[TestServer] = []
        self._bot = StandInBot()
        self.public = self.internal = ""

    def open(self) -> None:
        self._thread.start()
        self._wait(self._open())

    def close(self) -> None:
        self._wait(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    async def _open(self) -> None:
        self._bot.custom = CUSTOM
        self._bot.buttons = [{"title": "大专", "payload": '/answer{"value": "大专"}'}]
        await self._bot.start()
        actions = TestServer(_healthy())
        await actions.start_server()
        around = {"VAR_DIR": str(self._folder), "BOT_URLS": self._bot.url, "ACTIONS_PORT": str(actions.port)}
        made = (applications.create_app(read(around)), applications.create_internal_app(read(around)))
        self._servers = [actions, *(TestServer(app) for app in made)]
        for server in self._servers[1:]:
            await server.start_server()
        _, self.public, self.internal = (str(server.make_url("")).rstrip("/") for server in self._servers)

    async def _close(self) -> None:
        for server in self._servers:
            await server.close()
        await self._bot.stop()


def _healthy() -> web.Application:
    """An action server that is ready, and no more."""

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/health", health)
    return app


@pytest.fixture(scope="module")
def listeners(tmp_path_factory) -> Iterator[Listeners]:
    content = published()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applications.snapshot, "setup", lambda app: app.__setitem__(SNAPSHOT, content))
        running = Listeners(tmp_path_factory.mktemp("fuzz"))
        running.open()
        yield running
        running.close()


@pytest.fixture(scope="module")
def token(listeners) -> str:
    """A conversation with an answer in it, so that some of what is made up is right."""
    token = requests.post(f"{listeners.public}/chat/sessions", timeout=LIMIT_S).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(f"{listeners.public}/chat/messages", json={"text": "一"}, headers=headers, timeout=LIMIT_S)
    return token


@PUBLIC.parametrize()
def test_the_public_api_keeps_its_word(case, listeners, token):
    headers = {"Authorization": f"Bearer {token}"} if "security" in case.operation.definition.raw else {}
    case.call_and_validate(base_url=listeners.public, headers=headers, timeout=LIMIT_S)


@INTERNAL.parametrize()
def test_the_internal_api_keeps_its_word(case, listeners):
    case.call_and_validate(base_url=listeners.internal, timeout=LIMIT_S)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MONTHS = st.builds("{:04}-{:02}".format, st.integers(1900, 2100), st.integers(0, 13)) | JUNK
DAYS = st.none() | st.dates().map(str)


@st.composite
def facts(draw: st.DrawFn, fields: Sequence[Field], places: Sequence[str]) -> dict[str, Any]:
    """Facts for some of these fields: right ones, nearly right ones, and anything."""
    place = st.sampled_from(places) | JUNK
    period = st.fixed_dictionaries({"from": MONTHS}, optional={"to": MONTHS, "place": place})
    by_type = {
        "boolean": st.booleans(),
        "months": st.integers(-1, 900) | st.lists(period, max_size=4),
        "place": place,
        "month": MONTHS,
        "date": st.dates().map(str),
    }
    some = draw(st.lists(st.sampled_from(fields))) if fields else []
    said = {}
    # Periods are where most can be wrong, and few fields count them.
    for field in dict.fromkeys([*some, *(field for field in fields if field.counts)]):
        right = by_type.get(field.type, st.integers(-1, 10**6) | st.floats(0, 10**6))
        if field.values:
            right = st.sampled_from([value.value for value in field.values])
        # A fact that is refused hides what the others would do: mostly right ones.
        said[field.id] = draw(st.one_of(right, right, right, right, right, JUNK))
    return said


@given(data=st.data())
@MANY
def test_any_facts_are_computed_with_or_refused(listeners, data):
    """schemathesis knows no ids of ours, so what it sends stops at the first of them."""
    snapshot = published().snapshot
    places = snapshot.places.codes()
    if data.draw(st.booleans()):
        check = data.draw(st.sampled_from(list(snapshot.tables.values())))
        operation, fields = INTERNAL["/api/eligibility/{check}"]["POST"], check.fields
        body = {"trace": data.draw(st.booleans())}
        path = {"check": check.id}
    else:
        scheme = data.draw(st.sampled_from(list(snapshot.schemes.values())))
        operation, fields = INTERNAL["/api/points/estimate"]["POST"], scheme.fields
        body, path = {"scheme": scheme.id}, {}
    body |= {"day": data.draw(DAYS), "facts": data.draw(facts(tuple(fields), places))}
    case = operation.Case(path_parameters=path, body=body, media_type="application/json")
    case.call_and_validate(base_url=listeners.internal, timeout=LIMIT_S)


@given(data=st.data())
@MANY
def test_any_question_is_answered_or_refused(listeners, data):
    snapshot = published().snapshot
    entries = list(snapshot.entries.values())
    phrasings = [entry.question for entry in entries]
    body = {
        "q": data.draw(TEXT | st.lists(st.sampled_from(phrasings) | TEXT, max_size=3).map("".join)),
        "region": data.draw(st.none() | st.sampled_from(snapshot.places.codes())),
        "topic": data.draw(st.none() | st.sampled_from(list(snapshot.topics))),
        "entry": data.draw(st.none() | st.sampled_from([entry.id for entry in entries])),
        "day": data.draw(DAYS),
        "explain": data.draw(st.booleans()),
    }
    case = INTERNAL["/api/knowledge/ask"]["POST"].Case(body=body, media_type="application/json")
    case.call_and_validate(base_url=listeners.internal, timeout=LIMIT_S)


@given(after=TEXT | st.integers().map(str), last=st.integers().map(str))
@MANY
def test_the_event_stream_opens_or_is_refused(listeners, token, after, last):
    """It has no end, so schemathesis would wait for one."""
    with requests.get(
        f"{listeners.public}/chat/events",
        params={"after": after},
        headers={"Authorization": f"Bearer {token}", "Last-Event-ID": last},
        stream=True,
        timeout=LIMIT_S,
    ) as response:
        if response.status_code == 200:
            assert response.headers["Content-Type"].startswith("text/event-stream")
            assert next(response.iter_lines()).startswith(b"retry:")
        else:
            assert (response.status_code, response.json()["error"]["code"]) == (422, "bad_after")
