"""`make bench-rules`: how many cases the rules decide in a second, in core and over the internal HTTP API.

Core runs on one processor; the API is one services process on loopback, asked by a second process with the worked
cases of tests/cases/eligibility/. Beside the seconds on the wall stand those that the processor spent, which a busy
machine blurs less.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import multiprocessing
import os
import re
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from aiohttp import web

from core.eligibility import Check, decide
from core.eligibility_trace import explanation, record
from core.fields import canonical
from core.knowledge import Snapshot
from services import logs
from services import snapshot as snapshot_part
from services.app import create_internal_app
from services.settings import read

CASES = Path(__file__).parent / "cases" / "eligibility"
DAY = date(2026, 11, 24)
ROUNDS = 5
LOOPS = 10
CONNECTIONS = 16
WARM_S, MEASURED_S = 1.0, 2.0
CORE_TARGET, API_TARGET = 5000, 800

Case = tuple[Check, dict[str, Any], date]


def main() -> int:
    """Print the figures; 1 when one misses its target."""
    snapshot = Snapshot.load()
    cases = worked_cases(snapshot)
    print(f"machine: {os.cpu_count()} cores ({_processor()}), load {os.getloadavg()[0]:.1f}, Python {sys.version[:6]}")
    tables = len({check.id for check, _, _ in cases})
    print(f"{len(cases)} worked cases of {tables} checks, {ROUNDS} rounds of {LOOPS} loops; the best round counts")
    kept = [(check, canonical(check.fields, facts), day) for check, facts, day in cases]
    core = _core("core: decide, the trace kept", cases=kept, work=decide)
    _core("core: read the facts, decide", cases=cases, work=lambda c, f, d: decide(c, canonical(c.fields, f), d))

    def explained(check: Check, facts: dict[str, Any], day: date) -> None:
        decision = decide(check, facts, day)
        record(decision, facts, day, snapshot.documents)
        explanation(decision, facts, day, snapshot.documents)

    _core("core: decide, trace as JSON and as sentences", cases=kept, work=explained)
    api = [_api(cases, trace=trace) for trace in (False, True)]
    reached = core >= CORE_TARGET and min(api) >= API_TARGET
    print(f"targets: core {CORE_TARGET} cases/s, API {API_TARGET} requests/s: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


def worked_cases(snapshot: Snapshot) -> list[Case]:
    """Read every case that is decided, with its check and its facts as a client sends them."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        file = yaml.safe_load(path.read_text("utf-8"))
        check = snapshot.tables.get(file["check"])
        for case in file["cases"] if check is not None else ():
            if "error" not in case:
                found.append((check, case["facts"], case.get("day", DAY)))
    return found


def _core(title: str, cases: list[Case], work: Callable[[Check, dict[str, Any], date], object]) -> float:
    wall, spent = [], []
    for _ in range(ROUNDS):
        began, began_cpu = time.perf_counter(), time.process_time()
        for _ in range(LOOPS):
            for check, facts, day in cases:
                work(check, facts, day)
        wall.append(LOOPS * len(cases) / (time.perf_counter() - began))
        spent.append(LOOPS * len(cases) / (time.process_time() - began_cpu))
    print(f"{title}: {max(wall):,.0f} cases/s (median {statistics.median(wall):,.0f}; by processor {max(spent):,.0f})")
    return max(wall)


def _api(cases: list[Case], trace: bool) -> float:
    """Ask the API for a few seconds, over kept connections; give the requests in a second of the best round."""
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        server = context.Process(target=_serve, args=(port, folder, theirs), daemon=True)
        server.start()
        try:
            if not ours.poll(60) or ours.recv() != "ready":
                raise RuntimeError("the server did not start within 60 s")
            asyncio.run(_ask(port, cases, trace, WARM_S))
            ours.send("spent")
            before = ours.recv()
            rounds = [asyncio.run(_ask(port, cases, trace, MEASURED_S)) for _ in range(ROUNDS)]
            ours.send("spent")
            spent = ours.recv() - before
        finally:
            server.terminate()
            server.join()
    rates = [len(took) / MEASURED_S for took in rounds]
    took = sorted(max(rounds, key=len))
    print(
        f"API{' with trace' if trace else ''}: {max(rates):,.0f} requests/s over {CONNECTIONS} connections, "
        f"median {statistics.median(took) * 1000:.1f} ms, p95 {took[int(len(took) * 0.95)] * 1000:.1f} ms "
        f"(median round {statistics.median(rates):,.0f}; "
        f"by the server's processor {sum(map(len, rounds)) / spent:,.0f})"
    )
    return max(rates)


def _serve(port: int, folder: str, told: Any) -> None:
    """Run the internal application without the encoder, which no check needs; its log goes to a file."""

    async def published(**_: object) -> SimpleNamespace:
        return SimpleNamespace(snapshot=Snapshot.load())

    async def run() -> None:
        settings = read({"VAR_DIR": folder, "INTERNAL_PORT": str(port)})
        runner = web.AppRunner(create_internal_app(settings), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        told.send("ready")
        asyncio.get_running_loop().add_reader(told.fileno(), lambda: told.recv() and told.send(time.process_time()))
        await asyncio.Event().wait()

    snapshot_part.Published = SimpleNamespace(load=published)  # type: ignore[assignment, misc]
    with (Path(folder) / "services.log").open("w") as log, contextlib.suppress(KeyboardInterrupt):
        logs.configure("INFO", log)
        asyncio.run(run())


async def _ask(port: int, cases: list[Case], trace: bool, seconds: float) -> list[float]:
    requests = [_request(check, facts, day, trace) for check, facts, day in cases]
    until = time.perf_counter() + seconds
    each = await asyncio.gather(*(_connection(port, requests, number, until) for number in range(CONNECTIONS)))
    return [took for connection in each for took in connection]


async def _connection(port: int, requests: list[bytes], number: int, until: float) -> list[float]:
    """Send one request after the other; a bare protocol, so that the asking process costs little."""
    start = number * len(requests) // CONNECTIONS
    done = asyncio.get_running_loop().create_future()
    turned = [*requests[start:], *requests[:start]]
    transport, _ = await asyncio.get_running_loop().create_connection(
        lambda: _Asker(turned, until, done), "127.0.0.1", port
    )
    try:
        return await done
    finally:
        transport.close()


class _Asker(asyncio.Protocol):
    """Asks, waits for the whole answer, asks the next."""

    def __init__(self, requests: list[bytes], until: float, done: asyncio.Future[list[float]]) -> None:
        self._requests, self._until, self._done = itertools.cycle(requests), until, done
        self._took: list[float] = []
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if not separator or len(body) < int(_LENGTH.search(head)[1]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(RuntimeError(self._answer.decode()))
            return
        self._took.append(time.perf_counter() - self._began)
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or RuntimeError("the server closed the connection"))

    def _ask(self) -> None:
        self._began, self._answer = time.perf_counter(), b""
        if self._began >= self._until:
            self._done.set_result(self._took)
        else:
            self._transport.write(next(self._requests))


_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")


def _request(check: Check, facts: dict[str, Any], day: date, trace: bool) -> bytes:
    body: dict[str, Any] = {"facts": facts, "day": day.isoformat(), **({"trace": True} if trace else {})}
    raw = json.dumps(body, ensure_ascii=False).encode()
    head = f"POST /api/eligibility/{check.id} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return "unknown processor"


if __name__ == "__main__":
    sys.exit(main())
