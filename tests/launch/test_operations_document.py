"""docs/operations.md and the product: what the document names is there, and what the product reads is in it."""

import re

import pytest
from prometheus_client import REGISTRY

from launch.parts import ROOT, bot_environment, parts
from services import metrics
from services.storage import database

DOCUMENT = (ROOT / "docs" / "operations.md").read_text("utf-8")
READ = set(re.findall(r'environ, "([A-Z_]+)"', (ROOT / "services" / "settings.py").read_text("utf-8")))
GIVEN = {name for part in parts({}) for name in part.environment} | set(bot_environment({}))


@pytest.mark.parametrize("name", sorted(READ | GIVEN))
def test_every_variable_is_in_it(name):
    assert f"`{name}`" in DOCUMENT


def test_the_variables_were_found():
    assert {"PORT", "RETENTION_DAYS", "SECRET_KEY", "DATABASE_URL"} <= READ
    assert "ANJU_TRACKER_DB" in GIVEN


def test_every_figure_it_names_is_there():
    assert metrics.TURNS
    known = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    known |= {metric.name + end for metric in REGISTRY.collect() for end in ("", "_total", "_bucket")}
    named = set(re.findall(r"anju_[a-z_]+", DOCUMENT))
    assert len(named) > 10
    assert named <= known


def test_every_task_and_file_it_names_is_there():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    tasks = set(re.findall(r"make ([a-z-]+)", DOCUMENT))
    assert {"backup", "restore", "retention"} <= tasks
    assert all(re.search(rf"^{task}:", makefile, re.MULTILINE) for task in tasks)
    for unit in re.findall(r"`(anju[a-z@-]*\.service)`", DOCUMENT):
        assert (ROOT / "deploy" / "systemd" / unit).is_file()
    for path in re.findall(r"(?:deploy|docs)/[a-z/.-]+\.[a-z]+", DOCUMENT):
        assert (ROOT / path).is_file(), path
    for path in re.findall(r"\]\(([a-z.]+)\)", DOCUMENT):
        assert (ROOT / "docs" / path).is_file(), path


def test_the_connections_it_counts_are_those_that_are_kept():
    from services.conversations import locks

    most = sum(locks.POOL.values()) + 2 * (database.POOL["pool_size"] + database.POOL["max_overflow"])
    assert f"一个 services 最多 {most}" in DOCUMENT
