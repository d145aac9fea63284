"""Start the parts under supervisord, which brings a dead part back, and wait until they can be used."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from launch.parts import ROOT, Part, Ports, parts, var_folder

READY_TIMEOUT_S = 180
HEALTH_TIMEOUT_S = 3
# supervisord gives a part this long to finish its turns at a stop, then kills it.
STOP_WAIT_S = 8
# What the watchdog must know to list the same parts.
SETTINGS = ("PORT", "BOT_PORT", "ACTIONS_PORT", "INTERNAL_PORT", "REGISTRY_PORT", "REGISTRY_URL", "VAR_DIR")


def run(environ: Mapping[str, str]) -> int:
    """Run one copy in the foreground until SIGINT or SIGTERM.

    Returns:
        0 after an ordinary stop; 1 when a part did not get ready in time or supervisord ended by itself.
    """
    ports = Ports.read(environ)
    running = parts(environ)
    folder = var_folder(environ) / f"run-{ports.public}"
    folder.mkdir(parents=True, exist_ok=True)
    busy = [part.name for part in running if well(part)]
    if busy:
        print(
            f"端口 {ports.public} 附近已经有一份在运行（{'、'.join(busy)}）。换一个：make run PORT=9000",
            file=sys.stderr,
        )
        return 1
    config = folder / "supervisord.conf"
    # The address of a database may hold its password.
    config.touch(mode=0o600)
    config.chmod(0o600)
    config.write_text(configuration(running, folder, environ), "utf-8")
    command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(config)]
    with (folder / "supervisord.out").open("wb") as log:
        supervisor = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.terminate())
    ready = _wait_until_ready(running, supervisor)
    if ready:
        print(
            f"\n安居答准备好了，请在浏览器打开：http://127.0.0.1:{ports.public}\n（按 Ctrl+C 停止；日志在 {folder}）",
            flush=True,
        )
    elif supervisor.poll() is None:
        print(f"有部件在 {READY_TIMEOUT_S} 秒内没有准备好，日志在 {folder}", file=sys.stderr)
        supervisor.terminate()
    status = supervisor.wait()
    return 0 if ready and status in (0, -signal.SIGTERM) else 1


def well(part: Part) -> bool:
    """Ask a part whether it is well; a refusal, an error or silence for 3 s is a no."""
    try:
        with urllib.request.urlopen(part.health_url, timeout=HEALTH_TIMEOUT_S) as response:
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


def configuration(running: list[Part], folder: Path, environ: Mapping[str, str]) -> str:
    """Write supervisord's configuration: the parts and the watchdog, each brought back when it ends."""
    # A path under the project can be longer than the 108 bytes a socket may have, hence a relative one.
    sections = [
        f"[supervisord]\nnodaemon=true\nlogfile={folder}/supervisord.log\npidfile={folder}/supervisord.pid\nsilent=true",
        f"[unix_http_server]\nfile={socket_path(folder)}\nchmod=0600",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    ]
    sections += [_program(part.name, part.command, part.environment, folder) for part in running]
    watchdog = (sys.executable, "-m", "launch", "watch")
    own = {name: environ[name] for name in SETTINGS if name in environ}
    sections.append(_program("watchdog", watchdog, {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **own}, folder))
    return "\n\n".join(sections) + "\n"


def socket_path(folder: Path) -> Path:
    """Give the control socket of a copy."""
    return folder / "supervisor.sock"


def _program(name: str, command: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> str:
    words = " ".join(f'"{word}"' if " " in word else word for word in command).replace("%", "%%")
    values = ",".join(f'{key}="{value}"'.replace("%", "%%") for key, value in environment.items())
    return "\n".join(
        (
            f"[program:{name}]",
            f"command={words}",
            f"directory={ROOT}",
            f"environment={values}",
            "autorestart=true",
            # A part that cannot start is tried again with growing pauses rather than given up.
            "startretries=1000000",
            "startsecs=2",
            f"stopwaitsecs={STOP_WAIT_S}",
            "stopasgroup=true",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={folder}/{name}.log",
            "stdout_logfile_maxbytes=20MB",
            "stdout_logfile_backups=3",
        )
    )


def _wait_until_ready(running: list[Part], supervisor: subprocess.Popen[bytes]) -> bool:
    started = time.monotonic()
    waiting = {part.name: part for part in running}
    print("==> 启动：" + "、".join(part.title for part in running), flush=True)
    while waiting and time.monotonic() - started < READY_TIMEOUT_S:
        if supervisor.poll() is not None:
            return False
        for part in list(waiting.values()):
            if well(part):
                del waiting[part.name]
                print(f"    {part.title}：好了（{time.monotonic() - started:.0f} 秒）", flush=True)
        time.sleep(0.3)
    return not waiting
