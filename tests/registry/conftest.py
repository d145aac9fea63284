"""The reference registry with its own file per test."""

import pytest

from registry.settings import Settings, read
from tests.registry.signed import Registry


@pytest.fixture
def registry_settings(tmp_path) -> Settings:
    return read({"VAR_DIR": str(tmp_path / "registry"), "REGISTRY_DEMO": "1", "REGISTRY_PORT": "1"})


@pytest.fixture
async def registry(registry_settings):
    running = Registry(registry_settings)
    await running.start()
    yield running
    await running.stop()
