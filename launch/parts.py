"""The parts that run: command, environment and where each says that it is well.

Rasa expands `${VARIABLE}` in its YAML files without defaults, so every variable is exported here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "anju.tar.gz"


@dataclass(frozen=True)
class Ports:
    """TCP ports of one copy; only `public` listens beyond loopback, and only if BIND says so."""

    public: int
    bot: int
    actions: int
    internal: int
    registry: int

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Ports:
        """Take PORT, BOT_PORT, ACTIONS_PORT, INTERNAL_PORT and REGISTRY_PORT, by default PORT and the four after it."""
        public = int(environ.get("PORT") or 8000)
        return cls(
            public,
            int(environ.get("BOT_PORT") or public + 1),
            int(environ.get("ACTIONS_PORT") or public + 2),
            int(environ.get("INTERNAL_PORT") or public + 3),
            int(environ.get("REGISTRY_PORT") or public + 4),
        )


@dataclass(frozen=True)
class Part:
    """One process: how to start it and how to ask whether it is well."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health_url: str


def var_folder(environ: Mapping[str, str]) -> Path:
    """Give the folder of everything made at run time."""
    return Path(environ.get("VAR_DIR") or ROOT / "var")


def parts(environ: Mapping[str, str]) -> list[Part]:
    """List the parts of one copy, in the order shown; no registry of ours where REGISTRY_URL names an office's."""
    ports = Ports.read(environ)
    var = var_folder(environ)
    shared = {
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        "PORT": str(ports.public),
        "BOT_PORT": str(ports.bot),
        "ACTIONS_PORT": str(ports.actions),
        "INTERNAL_PORT": str(ports.internal),
        "REGISTRY_PORT": str(ports.registry),
        "VAR_DIR": str(var),
        # One resident's turn is short; more threads of BLAS only fight over two cores.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    bot_python = str(ROOT / "bot" / ".venv" / "bin" / "python")
    python = str(ROOT / ".venv" / "bin" / "python")
    bot = Part(
        "bot",
        "对话模型",
        (
            *(bot_python, "-m", "rasa", "run", "--model", str(MODEL), "--interface", "127.0.0.1"),
            *("--port", str(ports.bot), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
        ),
        {**shared, **bot_environment(environ)},
        f"http://127.0.0.1:{ports.bot}/webhooks/anju/",
    )
    actions = Part(
        "actions",
        "办事动作",
        (python, "-m", "actions"),
        {
            **shared,
            "SANIC_HOST": "127.0.0.1",
            "ANJU_ACTIONS_PORT": str(ports.actions),
            "ANJU_INTERNAL_URL": f"http://127.0.0.1:{ports.internal}",
        },
        f"http://127.0.0.1:{ports.actions}/health",
    )
    services = Part(
        "services",
        "前台和知识库",
        (python, "-m", "services"),
        shared,
        f"http://127.0.0.1:{ports.public}/health/live",
    )
    registry = Part(
        "registry",
        "登记系统（演示）",
        (python, "-m", "registry"),
        # Invented people only, so their one-time codes may stand in its log.
        {**shared, "REGISTRY_DEMO": "1"},
        f"http://127.0.0.1:{ports.registry}/health/live",
    )
    embedded = not environ.get("REGISTRY_URL", "").strip()
    return [services, actions, bot, *([registry] if embedded else [])]


def bot_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Give what Rasa needs to train and to run: every variable of its YAML files, and a quiet TensorFlow."""
    ports = Ports.read(environ)
    return {
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "ANJU_ACTIONS_URL": f"http://127.0.0.1:{ports.actions}/webhook",
        # Rasa would keep up to 150 connections to PostgreSQL, which has 100 for all.
        "POSTGRESQL_POOL_SIZE": environ.get("POSTGRESQL_POOL_SIZE") or "5",
        "POSTGRESQL_MAX_OVERFLOW": environ.get("POSTGRESQL_MAX_OVERFLOW") or "5",
        "ANJU_TRACKER_DB": environ.get("ANJU_TRACKER_DB", "").strip() or str(var_folder(environ) / "tracker.db"),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_INTRA_OP_PARALLELISM_THREADS": "1",
        "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }


def merged(part: Part) -> dict[str, str]:
    """Give the whole environment of a part: the operator's, then its own."""
    return {**os.environ, **part.environment}
