"""The pytest plugin: no test may leave anything behind; and fixtures for virtual time and spans.

It is loaded by itself where the package is installed. ``-p no:genkit_trio.testing.plugin`` leaves it out.
"""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import wraps
from typing import Any, Final, cast, get_args

import pytest
import trio
import trio.testing

from .clock import virtual_clock as _new_virtual_clock
from .leak import LeakKind
from .leaks import check_process, no_task_leaks
from .process_leaks import ProcessBaseline
from .spans import RecordedSpans, record_spans

_KINDS: Final[frozenset[LeakKind]] = frozenset(get_args(LeakKind))
_MODES: Final = ("async", "all", "none")
_failed: Final = pytest.StashKey[bool]()
_process: Final = pytest.StashKey[ProcessBaseline]()
"""What the process held before the test that is running, and what fixtures of more than one test hold."""
_original: Final = "genkit_trio_original"

AsyncTest = Callable[..., Awaitable[object]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    parser.addini(
        "no_leaks", f"which tests fail when they leave something behind: {', '.join(_MODES)}", default="async"
    )
    parser.addini("allow_leaks", f"kinds that any test may leave behind: {', '.join(sorted(_KINDS))}", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and check the settings."""
    marker = "allow_leaks(*kinds, reason): the test may leave behind what is of these kinds; without kinds, anything"
    config.addinivalue_line("markers", marker)
    mode = config.getini("no_leaks")
    if mode not in _MODES:
        raise pytest.UsageError(f"no_leaks is {mode!r} in the settings of pytest; write one of {', '.join(_MODES)}")
    _checked(config.getini("allow_leaks"), "allow_leaks in the settings of pytest")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Put `no_task_leaks` around an async test, inside of whatever runs it in trio."""
    if isinstance(item, pytest.Function) and _is_watched(item):
        # Hypothesis keeps the test function inside of its own.
        hypothesis = getattr(item.obj, "hypothesis", None)
        if hypothesis is None:
            item.obj = _watched(item.obj, _allowed(item))
        else:
            hypothesis.inner_test = _watched(hypothesis.inner_test, _allowed(item))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether the test has failed: then what it left behind is no news."""
    report = yield
    item.stash[_failed] = report.failed or item.stash.get(_failed, False)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Let what a fixture of several tests makes outlive the test that asks for it first."""
    before = ProcessBaseline.now() if fixturedef.scope != "function" and _process in request.config.stash else None
    value = yield
    if before is not None:
        request.config.stash[_process] = request.config.stash[_process].plus_what_came_since(before)
    return value


@pytest.fixture(autouse=True)
def _no_process_leaks(request: pytest.FixtureRequest) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]  # because pytest finds it
    """Last among the fixtures of a test to be torn down, so that it sees what they leave."""
    item = request.node
    if not isinstance(item, pytest.Function) or not _is_watched(item):
        yield
        return
    item.config.stash[_process] = ProcessBaseline.now()
    yield
    if not item.stash.get(_failed, False):
        check_process(item.config.stash[_process], _allowed(item))


@pytest.fixture
def virtual_clock() -> trio.testing.MockClock:
    """Give the test a clock that jumps when all tasks wait, and not while a worker thread or process works."""
    return _new_virtual_clock()


@pytest.fixture
async def recorded_spans() -> AsyncGenerator[RecordedSpans, None]:  # noqa: ASYNC124  # so that it is in the trio run
    """Give the test the spans of all runs and steps that start in it, and fail it when one of them does not end."""
    with record_spans() as spans:
        yield spans


def _is_watched(item: pytest.Function) -> bool:
    mode = item.config.getini("no_leaks")
    if mode == "none" or _allowed(item) >= _KINDS:
        return False
    return mode == "all" or inspect.iscoroutinefunction(_function_of(item))


def _function_of(item: pytest.Function) -> object:
    hypothesis = getattr(item.obj, "hypothesis", None)
    return item.obj if hypothesis is None else getattr(hypothesis.inner_test, _original, hypothesis.inner_test)


def _allowed(item: pytest.Function) -> frozenset[LeakKind]:
    kinds = _checked(item.config.getini("allow_leaks"), "allow_leaks in the settings of pytest")
    for marker in item.iter_markers("allow_leaks"):
        if not marker.kwargs.get("reason"):
            raise pytest.UsageError(f"allow_leaks at {item.nodeid} has no reason; add reason='…'")
        kinds |= _checked(marker.args, f"allow_leaks at {item.nodeid}") or _KINDS
    return kinds


def _checked(kinds: Any, where: str) -> frozenset[LeakKind]:  # Any: what users write
    for kind in kinds:
        if kind not in _KINDS:
            raise pytest.UsageError(f"{where} has {kind!r}; write one of {', '.join(sorted(_KINDS))}")
    return cast("frozenset[LeakKind]", frozenset(kinds))


def _watched(test: AsyncTest, allowed: frozenset[LeakKind]) -> AsyncTest:
    # What another plugin, or an earlier test of the same function, has put around it already is left alone.
    if not inspect.iscoroutinefunction(test) or hasattr(test, _original):
        return test

    @wraps(test)
    async def watched(*args: Any, **kwargs: Any) -> None:  # Any: whatever fixtures the test takes
        if not trio.lowlevel.in_trio_run():
            await test(*args, **kwargs)
            return
        spans = next((value for value in kwargs.values() if isinstance(value, RecordedSpans)), None)
        async with no_task_leaks(allowed, spans):
            await test(*args, **kwargs)

    setattr(watched, _original, test)
    return watched
