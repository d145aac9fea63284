"""The real processes, started for tests and benchmarks, and a resident who chats with them over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import aiohttp
from supervisor.xmlrpc import SupervisorTransport

from launch.parts import ROOT
from launch.supervising import socket_path

READY_S = 120
PARTS = ("services", "actions", "bot", "registry")


@dataclass
class Stack:
    """One running copy: its address, its folder, and its processes by name."""

    port: int
    var: Path
    launcher: subprocess.Popen[str]
    took_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pid(self, part: str) -> int:
        """Give the process id of a part, 0 while it is being started anew."""
        socket_file = socket_path(self.var / f"run-{self.port}")
        transport = SupervisorTransport(None, None, serverurl=f"unix://{socket_file}")
        info: Any = ServerProxy("http://127.0.0.1", transport=transport).supervisor.getProcessInfo(part)
        return int(info["pid"])

    def hit(self, part: str, number: signal.Signals) -> int:
        """Send a signal to a part's process group, and give the process id it had."""
        pid = self.pid(part)
        os.killpg(pid, number)
        return pid

    async def wait_for_another(self, part: str, old_pid: int, timeout_s: float = 60) -> None:
        """Wait until a part runs again under another process id and answers."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            pid = await asyncio.to_thread(self.pid, part)
            if pid not in (0, old_pid) and await self._answers(part):
                return
            await asyncio.sleep(0.3)
        raise TimeoutError(f"{part} did not come back within {timeout_s} s; its log is in {self.var}")

    async def _answers(self, part: str) -> bool:
        paths = {"services": "/health/live", "actions": "/health", "bot": "/webhooks/anju/", "registry": "/health/live"}
        path, port = paths[part], self.port + {"services": 0, "bot": 1, "actions": 2, "registry": 4}[part]
        try:
            timeout = aiohttp.ClientTimeout(total=2)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"http://127.0.0.1:{port}{path}") as response,
            ):
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def memory_mb(self) -> dict[str, float]:
        """Give the memory of each part in MB (Pss: pages shared with others count in part)."""
        sizes = {}
        for part in PARTS:
            group = os.getpgid(self.pid(part))
            total = 0
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError, ProcessLookupError):
                    if os.getpgid(int(folder.name)) == group:
                        lines = (folder / "smaps_rollup").read_text().splitlines()
                        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
            sizes[part] = total / 1024
        return sizes


@contextlib.contextmanager
def running(var: Path) -> Iterator[Stack]:
    """Start a copy on free ports with its own folder, wait until it is ready, and stop it at the end."""
    port = five_free_ports()
    environ = {**os.environ, "PORT": str(port), "VAR_DIR": str(var), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    for name in ("BOT_PORT", "ACTIONS_PORT", "INTERNAL_PORT", "DATABASE_URL", "BIND", "BASE_URL", "BOT_URLS"):
        environ.pop(name, None)
    for name in ("ANJU_TRACKER_DB", "RETENTION_DAYS"):
        environ.pop(name, None)
    for name in [name for name in environ if name.startswith("REGISTRY_")]:
        del environ[name]
    started = time.monotonic()
    launcher = subprocess.Popen(
        [sys.executable, "-m", "launch", "run"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    stack = Stack(port, var, launcher)
    try:
        assert launcher.stdout is not None
        printed = []
        for line in launcher.stdout:
            printed.append(line)
            if "准备好了" in line:
                break
        else:
            raise RuntimeError(f"the copy did not get ready; its logs are in {var}\n{''.join(printed)}")
        stack.took_s = time.monotonic() - started
        yield stack
    finally:
        launcher.terminate()
        try:
            launcher.wait(30)
        except subprocess.TimeoutExpired:
            launcher.kill()


def five_free_ports() -> int:
    """Give the first of five ports in a row that nobody listens on."""
    for port in range(20000, 60000, 5):
        with contextlib.ExitStack() as held:
            try:
                for offset in range(5):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", port + offset))
            except OSError:
                continue
            return port
    raise RuntimeError("no five free ports in a row")


@dataclass
class Resident:
    """Someone who chats over the public HTTP contract with a bearer token."""

    url: str
    token: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    _http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Resident:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        body = await self._post("/chat/sessions", {})
        self.token = body["token"]
        self.messages += body["messages"]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def say(self, text: str) -> list[dict[str, Any]]:
        """Send words; give the assistant's messages."""
        return await self._send({"text": text})

    async def tap(self, title: str) -> list[dict[str, Any]]:
        """Tap the latest button with this title; give the assistant's messages."""
        for message in reversed(self.messages):
            for button in message.get("buttons") or []:
                if button["title"] == title:
                    return await self._send({"payload": button["payload"]})
        shown = [button["title"] for message in self.messages for button in message.get("buttons") or []]
        raise LookupError(f"no button {title!r}; shown so far: {shown}")

    async def _send(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self._post("/chat/messages", body)
        self.messages += answer["messages"]
        return [message for message in answer["messages"] if message["role"] != "user"]

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        assert self._http is not None
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._http.post(self.url + path, json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
            if response.status >= 400:
                raise RuntimeError(f"{path}: {response.status} {answer}")
            return answer
