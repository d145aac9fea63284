"""A service that is slow, dead or broken: a clear sentence within the limit, never a wrong “no”."""

import asyncio
import time

import pytest
from aiohttp import web

from actions.answers import ActionAnswer
from actions.clients import http as http_module
from actions.questionnaire import ValidateQuestionnaire
from actions.results import ActionResult
from actions.runs import ActionStartRun
from tests.actions.talking import slots_of, tracker, use

LIMIT_S = 2.0
RUN = {"kind": "check", "id": "residence_permit.apply", "title": "居住证", "topic": None, "asked": [], "about": 3}
PENDING = {
    "field": "age",
    "title": "年龄",
    "ask": "您今年多少周岁？",
    "type": "integer",
    "unit": "周岁",
    "values": [],
    "min": 1,
    "max": 120,
    "allow_unknown": True,
    "help": None,
}


async def hang(_request):
    await asyncio.sleep(10)
    return web.json_response({})


async def fail(_request):
    return web.json_response({"error": {"code": "internal_error", "message": "x"}}, status=500)


async def garbage(_request):
    return web.Response(text="<html>")


@pytest.fixture(params=[hang, fail, garbage, None], ids=["slow", "failing", "garbage", "dead"])
async def broken(request, aiohttp_server, monkeypatch, unused_tcp_port):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    if request.param is not None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", request.param)
        url = str((await aiohttp_server(app)).make_url("")).rstrip("/")
    use(monkeypatch, url)
    yield
    await http_module.http.close()


async def told(dispatcher, awaited):
    started = time.monotonic()
    events = await awaited
    assert time.monotonic() - started < LIMIT_S + 0.5
    message = dispatcher.messages[-1]
    assert "12345" in message["text"] or "再试" in message["text"]
    assert "不代表" in message["text"]
    return events, message["custom"]["outcome"]["outcome"]


async def test_an_answer_that_cannot_be_looked_up(broken, dispatcher):
    _, outcome = await told(dispatcher, ActionAnswer().run(dispatcher, tracker("居住证丢了怎么补"), {}))
    assert outcome == "error_knowledge"


@pytest.mark.parametrize(
    ("intent", "expected"), [("start_points", "error_points"), ("start_check", "error_eligibility")]
)
async def test_a_run_that_cannot_start(broken, dispatcher, intent, expected):
    _, outcome = await told(dispatcher, ActionStartRun().run(dispatcher, tracker("算算", intent), {}))
    assert outcome == expected


async def test_an_answer_is_kept_when_the_next_question_cannot_be_fetched(broken, dispatcher):
    message = tracker(
        "35岁",
        "answer",
        loop="questionnaire_form",
        run={**RUN, "done": False},
        pending_field=PENDING,
        facts={},
        next_fact="35岁",
    )
    events, outcome = await told(dispatcher, ValidateQuestionnaire().run(dispatcher, message, {}))
    assert outcome == "error_eligibility"
    assert slots_of(events)["facts"] == {"age": 35}


async def test_a_result_that_cannot_be_worked_out(broken, dispatcher):
    message = tracker("", "answer", run={**RUN, "done": True}, facts={"age": 35})
    _, outcome = await told(dispatcher, ActionResult().run(dispatcher, message, {}))
    assert outcome == "error_eligibility"
