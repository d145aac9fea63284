"""The real processes, started once for all tests of this folder."""

import os

import pytest

from tests.running import Resident, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    # Under /tmp by its own short name: a socket's path may have 108 bytes at most.
    folder = tmp_path_factory.mktemp("stack")
    assert len(os.fspath(folder)) < 70
    with running(folder) as stack:
        yield stack


@pytest.fixture
async def resident(stack):
    async with Resident(stack.url) as resident:
        yield resident
