"""The OpenAPI documents of both applications, made of the contracts of their parts.

`GET /openapi.json` on the internal listener gives the internal one. Who embeds the chat has no way to that listener, so
the public one is a file, docs/public.openapi.json, which `python -m services openapi` writes.
"""

import json
import tomllib
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from aiohttp import web

from services import contract
from services.channels import contract as channels
from services.contract import Media, Operation
from services.eligibility import contract as eligibility
from services.knowledge import contract as knowledge
from services.points import contract as points
from services.registry import contract as registry
from services.replies import reply
from services.settings import ROOT
from services.site import contract as site

PUBLIC_FILE = ROOT / "docs" / "public.openapi.json"
PART = "operations"


class Alive(TypedDict):
    """The process answers."""

    status: Literal["alive"]


class Part(TypedDict):
    """One part; `reason` says why it is not ready."""

    ready: bool
    reason: NotRequired[str]
    snapshot: NotRequired[str]


class Ready(TypedDict):
    """Each part by name."""

    status: Literal["ready", "not_ready"]
    parts: dict[str, Part]


LIVE = Operation("GET", "/health/live", PART, "Is the process alive?", {200: Alive})
OPERATIONS = (
    LIVE,
    Operation("GET", "/health/ready", PART, "Is each part ready? 503 where one is not", {200: Ready, 503: Ready}),
    Operation("GET", "/metrics", PART, "Figures for Prometheus", {200: Media("text/plain", "The figures.")}),
    Operation("GET", "/openapi.json", PART, "This document", {200: dict[str, Any]}),
)
PUBLIC = (*channels.OPERATIONS, *site.OPERATIONS, LIVE)
INTERNAL = (
    *knowledge.OPERATIONS,
    *points.OPERATIONS,
    *eligibility.OPERATIONS,
    *registry.OPERATIONS,
    *OPERATIONS,
)


def setup(app: web.Application) -> None:
    """Serve the internal document."""
    written = internal()

    async def show(_request: web.Request) -> web.Response:
        return reply(written)

    app.router.add_get("/openapi.json", show)


def public() -> dict[str, Any]:
    """Give the document of what residents and integrators reach on PORT."""
    return contract.document(
        "安居答 chat",
        "Conversations with 安居答. Begin one with `POST /chat/sessions` and send its token as `Authorization: Bearer` "
        "from an origin of ALLOWED_ORIGINS. Errors have one shape, with a sentence in Chinese for residents.",
        version(),
        PUBLIC,
    )


def internal() -> dict[str, Any]:
    """Give the document of the APIs on the internal listener."""
    return contract.document(
        "安居答 internal",
        "Knowledge, points, eligibility and the registry, for parts on the same machine: bound to loopback.",
        version(),
        INTERNAL,
    )


def write(path: Path = PUBLIC_FILE) -> None:
    """Write the public document for integrators."""
    path.write_text(json.dumps(public(), ensure_ascii=False, indent=2) + "\n", "utf-8")


def version(project: Path = ROOT / "pyproject.toml") -> str:
    """Give the product's version."""
    return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"])
