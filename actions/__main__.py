"""`python -m actions`: the action server, on loopback, in one process."""

from __future__ import annotations

import logging
import os
from typing import Any

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic

from actions.clients.http import http

logger = logging.getLogger("actions")


def application() -> Sanic[Any, Any]:
    """Make the server with every action of this package."""
    executor = ActionExecutor()
    executor.register_package("actions")
    app: Sanic[Any, Any] = create_app(executor, cors_origins=[])

    async def close(_app: Any) -> None:
        await http.close()

    app.register_listener(close, "after_server_stop")
    return app


def main() -> None:
    """Serve until stopped; SANIC_HOST and ANJU_ACTIONS_PORT say where."""
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # rasa_sdk logs each registration and each call; a turn is logged once, by the bot.
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    host = os.environ.get("SANIC_HOST", "127.0.0.1")
    port = int(os.environ.get("ANJU_ACTIONS_PORT") or 8002)
    logger.info("action server on http://%s:%d", host, port)
    # One process: sanic's own supervisor would only double the memory, since ours brings a dead part back.
    application().run(host=host, port=port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
