"""What the tests of this folder share."""

import gc

import pytest

from tests.runtime.stores import redis

__all__ = ["redis"]


@pytest.fixture(autouse=True)
def connections_that_failed():
    """Collect what coredis leaves open when it cannot connect, where the warnings about it are ignored."""
    yield
    gc.collect()


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(__file__.removesuffix("/conftest.py")):
            item.add_marker(pytest.mark.filterwarnings("ignore:Unclosed <MemoryObject:ResourceWarning"))
