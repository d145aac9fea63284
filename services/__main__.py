"""`python -m services`: the public and the internal listener in one process, until SIGTERM.

`python -m services knowledge-reload` asks the running process to read the content files again;
`python -m services openapi` writes docs/public.openapi.json; `retention`, `backup` and `restore` are for
operators (docs/operations.md).
"""

import asyncio
import errno
import os
import signal
import sys

import structlog
from aiohttp import web

from core.knowledge import SnapshotError
from services import logs, openapi
from services.app import create_app, create_internal_app
from services.knowledge import reload
from services.operations import commands
from services.settings import Settings, SettingsError, read
from services.storage.database import DatabaseUnavailable

# A turn takes 5 s at most; what is running at a stop is let finish.
SHUTDOWN_S = 6.0
# Why a port cannot be opened → what to do.
LISTENING = {
    errno.EADDRINUSE: "is another copy running on this PORT? Stop it, or set another PORT.",
    errno.EADDRNOTAVAIL: "BIND is no address of this machine: set it to one, or to 127.0.0.1.",
    errno.EACCES: "a port below 1024 is for root: set PORT above, and put nginx in front.",
}

logger = structlog.get_logger(__name__)


def main(arguments: list[str]) -> int:
    """Run until told to stop, or do one task; give 2 for bad settings or an unknown task, 1 when it fails."""
    try:
        settings = read(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"settings: {problem}", file=sys.stderr)
        return 2
    match arguments:
        case []:
            return _run(settings)
        case ["knowledge-reload"]:
            return reload.ask(settings)
        case ["openapi"]:
            openapi.write()
            return 0
        case [task, *_] if task in commands.NAMES:
            return commands.main(settings, arguments)
    print(f"usage: python -m services [knowledge-reload | openapi | {' | '.join(commands.NAMES)}]", file=sys.stderr)
    return 2


def _run(settings: Settings) -> int:
    logs.configure(settings.log_level)
    try:
        asyncio.run(serve(settings))
    except SnapshotError as error:
        print(f"knowledge: {error}", file=sys.stderr)
        return 1
    except DatabaseUnavailable as error:
        print(f"services: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        do = LISTENING.get(error.errno or 0, "see what the reason says.")
        print(f"services: cannot listen ({error.strerror or error}): {do}", file=sys.stderr)
        return 1
    return 0


async def serve(settings: Settings) -> None:
    """Open both listeners, wait for SIGTERM or SIGINT, let running turns finish, close."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    runners: list[web.AppRunner] = []
    try:
        # The internal listener first: whoever can chat finds the knowledge already there.
        await _listen(create_internal_app(settings), "127.0.0.1", settings.internal_port, runners)
        await _listen(create_app(settings), settings.bind, settings.port, runners)
        logger.info("services_ready", url=settings.base_url, internal_port=settings.internal_port)
        await stop.wait()
        logger.info("services_stopping")
    finally:
        for runner in reversed(runners):
            await runner.cleanup()


async def _listen(app: web.Application, host: str, port: int, runners: list[web.AppRunner]) -> None:
    # Our own access log says less than aiohttp's, on purpose.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    runners.append(runner)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
