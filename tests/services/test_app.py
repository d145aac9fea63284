"""The two applications: headers, health, metrics, and what is served where."""

import contextlib
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from types import SimpleNamespace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services import __main__ as entry
from services import app as applications
from services import logs
from services.app import create_internal_app
from services.keys import SNAPSHOT


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'anju.db'}"


@pytest.fixture
async def internal(settings, monkeypatch):
    """The internal application over an empty snapshot; loading the real one is tested with the knowledge."""

    def setup_snapshot(app: web.Application) -> None:
        app[SNAPSHOT] = SimpleNamespace(snapshot=SimpleNamespace(number="abc123"))

    monkeypatch.setattr(applications.snapshot, "setup", setup_snapshot)
    started = []

    async def start(**changes):
        client = TestClient(TestServer(create_internal_app(replace(settings, **changes))))
        await client.start_server()
        started.append(client)
        return client

    yield start
    for client in started:
        await client.close()


@pytest.mark.parametrize("path", ["/", "/nothing", "/health/live", "/chat/messages", "/static/x/y.js"])
async def test_every_response_has_the_security_headers(door, path):
    response = await door.browser().get(path)
    policy = response.headers["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ):
        assert part in policy.split("; ")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "Python" not in response.headers["Server"]
    assert "Strict-Transport-Security" not in response.headers
    assert response.headers["X-Correlation-Id"]


async def test_a_correlation_id_from_outside_is_not_taken(door):
    response = await door.browser().get("/health/live", headers={"X-Correlation-Id": "mine"})
    assert response.headers["X-Correlation-Id"] != "mine"


async def test_inside_the_callers_correlation_id_goes_on(internal):
    client = await internal()
    response = await client.get("/health/live", headers={"X-Correlation-Id": "abc123"})
    assert response.headers["X-Correlation-Id"] == "abc123"
    response = await client.get("/health/live", headers={"X-Correlation-Id": "a b; c"})
    assert response.headers["X-Correlation-Id"] not in ("", "a b; c")


async def test_alive_is_alive(door):
    assert await (await door.browser().get("/health/live")).json() == {"status": "alive"}


async def test_ready_names_each_part(internal, bot):
    client = await internal(actions_port=int(bot.url.rpartition(":")[2]))
    response = await client.get("/health/ready")
    body = await response.json()
    assert set(body["parts"]) == {"database", "bot", "actions", "knowledge"}
    assert body["parts"]["database"] == {"ready": True}
    assert body["parts"]["bot"] == {"ready": True}
    assert body["parts"]["knowledge"] == {"ready": True, "snapshot": "abc123"}
    # The stand-in is no action server: it has no /health.
    assert not body["parts"]["actions"]["ready"]
    assert (response.status, body["status"]) == (503, "not_ready")


async def test_a_bot_that_is_gone_is_named(internal, bot):
    client = await internal()
    await bot.stop()
    body = await (await client.get("/health/ready")).json()
    assert body["parts"]["bot"]["ready"] is False
    assert "Connect" in body["parts"]["bot"]["reason"]


async def test_metrics_count_turns_by_outcome(internal, door, bot):
    client = await internal()

    async def turns(outcome):
        lines = (await (await client.get("/metrics")).text()).splitlines()
        found = [line for line in lines if line.startswith(f'anju_turns_total{{outcome="{outcome}"}}')]
        return float(found[0].split()[1]) if found else 0

    before = {outcome: await turns(outcome) for outcome in ("answered", "error_bot", "other")}
    resident = await door.resident()
    await resident.say("一")
    bot.custom = {"outcome": {"outcome": '我的秘密"}'}}
    await resident.say("二")
    bot.mode = "error"
    await resident.say("三")
    for outcome, count in before.items():
        assert await turns(outcome) == count + 1
    text = await (await client.get("/metrics")).text()
    assert "anju_turn_seconds_bucket" in text
    assert "秘密" not in text


@pytest.fixture
def process(monkeypatch, tmp_path, bot):
    """Run `python -m services` in this process, over an empty snapshot; give its exit code."""
    monkeypatch.setattr(applications.snapshot, "setup", lambda app: None)
    monkeypatch.setattr(logs, "configure", lambda level: None)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def run(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        return entry.main([])

    return run


def free_ports(count):
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [taken.getsockname()[1] for taken in sockets]


def test_bad_settings_end_the_start_with_a_sentence_each(process, capsys):
    assert process(PORT="x", LOG_LEVEL="y") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_port_in_use_ends_the_start_with_a_sentence(process, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert process(INTERNAL_PORT=taken.getsockname()[1], PORT=free_ports(1)[0]) == 1
    assert "another copy" in capsys.readouterr().err


def test_a_database_that_cannot_be_opened_ends_the_start_with_a_sentence(process, capsys):
    assert process(DATABASE_URL="postgresql://somebody:geheim@127.0.0.1:9/nothing") == 1
    errors = capsys.readouterr().err
    assert "cannot be opened" in errors
    assert "geheim" not in errors


def test_the_process_serves_both_listeners_and_stops_on_sigterm(process):
    public, internal_port = free_ports(2)
    answers = {}

    def ask_then_stop():
        for port in (public, internal_port):
            for path in ("/health/live", "/metrics"):
                answers[port, path] = status_of(f"http://127.0.0.1:{port}{path}")
        if answers[internal_port, "/metrics"]:
            os.kill(os.getpid(), signal.SIGTERM)

    asking = threading.Thread(target=ask_then_stop)
    asking.start()
    assert process(PORT=public, INTERNAL_PORT=internal_port) == 0
    asking.join()
    assert answers == {
        (public, "/health/live"): 200,
        (public, "/metrics"): 404,
        (internal_port, "/health/live"): 200,
        (internal_port, "/metrics"): 200,
    }


def status_of(url):
    """Give the status of an address, once something listens there."""
    for _ in range(100):
        try:
            return urllib.request.urlopen(url, timeout=2).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(0.1)
    return None
