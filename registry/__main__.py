"""`python -m registry`: the reference registry on loopback, until SIGTERM."""

import asyncio
import logging
import os
import signal
import sys

from aiohttp import web

from core.yamlfile import KnowledgeError
from registry.app import create_app
from registry.settings import Settings, SettingsError, read

SHUTDOWN_S = 3.0

logger = logging.getLogger("registry")


def main() -> int:
    """Run until told to stop; give 2 for bad settings, 1 when it cannot start."""
    try:
        settings = read(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"registry settings: {problem}", file=sys.stderr)
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    # aiohttp's own writes whole addresses, and its errors the head of a request.
    for name in ("aiohttp.access", "aiohttp.server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        asyncio.run(serve(settings))
    except KnowledgeError as error:
        print(f"registry: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"registry: cannot listen ({error.strerror or error}): is another copy running?", file=sys.stderr)
        return 1
    return 0


async def serve(settings: Settings) -> None:
    """Listen on loopback, wait for SIGTERM or SIGINT, close."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(create_app(settings), access_log=None, shutdown_timeout=SHUTDOWN_S)
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.port).start()
        logger.info("ready on 127.0.0.1:%d", settings.port)
        if settings.demo:
            logger.warning("DEMO MODE: one-time codes are written to this log. For invented people only")
        await stop.wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
