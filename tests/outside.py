"""Which tests reach out of this process: to sockets, to other processes, to Redis. The others fail if they do."""

import sys
from pathlib import Path
from typing import Final

import pytest

PLACES: Final = frozenset({"cli", "client", "compat", "e2e", "faults", "hosts", "plugins", "server", "test_docs.py"})
"""Where all tests are marked ``io`` because of the place; elsewhere, a test says so itself."""
EVENTS: Final = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.system",
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "subprocess.Popen",
    }
)
"""What Python's audit says of a program that reaches out."""

_tests: Final = Path(__file__).parent
_reached: Final[set[str]] = set()


def _audit(event: str, args: object) -> None:
    if event in EVENTS:
        _reached.add(event)


sys.addaudithook(_audit)


def pytest_ignore_collect(collection_path, config):
    return True if "not io" in config.option.markexpr and _is_outside(collection_path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if _is_outside(item.path):
            item.add_marker(pytest.mark.io)


@pytest.fixture(autouse=True)
def _stays_inside(request):
    is_inside = request.node.get_closest_marker("io") is None
    workers = _worker_processes()
    _reached.clear()
    yield
    reached = {*_reached, *["a worker process"] * (_worker_processes() > workers)}
    assert not (is_inside and reached), f"this test reaches out by {sorted(reached)}; mark it with pytest.mark.io"


def _is_outside(path: Path) -> bool:
    return path.is_relative_to(_tests) and path != _tests and path.relative_to(_tests).parts[0] in PLACES


def _worker_processes() -> int:
    trio_parallel = sys.modules.get("trio_parallel")
    if not hasattr(trio_parallel, "default_context_statistics"):
        return 0  # not imported, or a fake
    there = trio_parallel.default_context_statistics()
    return there.idle_workers + there.running_workers
