"""The reflection API, whichever version of it a tool speaks: what it lists, starts, cancels, and tells of failures."""

import json
import logging

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, PublicError, Status
from genkit_trio._core import current_roots
from genkit_trio._runtime import InvalidInput, Reflection, describe_failure, input_of
from genkit_trio._wire import parse_run_action
from genkit_trio.testing import record_spans
from tests.e2e.tools import RecordedTelemetry


@pytest.fixture
def telemetry() -> RecordedTelemetry:
    return RecordedTelemetry()


@pytest.fixture
def reflection(telemetry) -> Reflection:
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    return Reflection(ai.registry, telemetry)


async def opened(reflection, key="/flow/greet", **fields):
    request = parse_run_action({"key": key, **fields})
    return await reflection.open_run(request, streaming=False, frame=bytes)


async def test_the_actions_are_listed_by_key(reflection):
    listing = json.loads(await reflection.actions())
    assert {"/flow/greet", "/flow/forever"} < set(listing)
    assert listing["/flow/greet"]["inputSchema"] == {"type": "string"}


async def test_a_run_that_is_ordered_can_be_executed_and_its_spans_brought_out(reflection, telemetry):
    run = await opened(reflection)
    await run.execute(input_of(run, "Ada"), None)
    await reflection.flush(run)
    assert run.outcome() == b'"Hello, Ada!"'
    assert telemetry.flushed == [run.run.trace_id]


async def test_the_labels_of_a_tool_are_attributes_of_its_run(reflection):
    with record_spans() as spans:
        run = await opened(reflection, telemetryLabels={"experiment": "7"})
        await run.execute("Ada", None)
    assert spans.sole("greet").attributes["experiment"] == "7"


async def test_an_input_that_does_not_fit_is_told_apart_from_a_request_that_does_not(reflection):
    run = await opened(reflection)
    with pytest.raises(InvalidInput, match="expected string, got integer") as caught:
        input_of(run, 7)
    assert caught.value.status is Status.INVALID_ARGUMENT


async def test_nothing_is_started_while_its_runtime_ends(reflection):
    """C27: the tool is told to come back."""
    current_roots().draining = True
    with pytest.raises(PublicError, match="/flow/greet was not started: shutting down") as caught:
        await opened(reflection)
    assert (caught.value.status, caught.value.retry_after) == (Status.UNAVAILABLE, 1)


async def test_a_run_is_cancelled_by_its_trace_id(reflection):
    """C26."""
    run = await opened(reflection, "/flow/forever")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run.execute, None, None)
        await trio.testing.wait_all_tasks_blocked()
        reflection.cancel({"traceId": run.run.trace_id})
    assert run.run.cause is Cause.CANCEL_API


def test_a_tool_tells_where_its_telemetry_server_is(reflection, telemetry):
    reflection.configure({"telemetryServerUrl": "http://localhost:4033", "reflectionApiSpecVersion": 1})
    reflection.configure({"reflectionApiSpecVersion": "1"})
    assert telemetry.urls == ["http://localhost:4033"]


def test_a_tool_of_another_version_is_warned_about(reflection, telemetry, caplog):
    with caplog.at_level(logging.WARNING):
        reflection.configure({"reflectionApiSpecVersion": "9\n", "telemetryServerUrl": "http://localhost:4033"})
    [record] = caplog.records
    assert record.getMessage() == (
        "a tool speaks version '9\\n' of the reflection API, and this is version 1; update the older of the two"
    )
    assert telemetry.urls == ["http://localhost:4033"]


async def test_a_defect_is_told_with_its_stack_and_logged_with_its_trace(reflection, caplog):
    """The developer reads both, and nothing is held back."""
    run = await opened(reflection)
    described = describe_failure(_raised(ValueError("kaboom")), run)
    told = json.loads(described.status)
    assert (told["code"], told["message"]) == (13, "ValueError: kaboom")
    assert "raise error" in told["details"]["stack"]
    [record] = caplog.records
    assert record.getMessage() == f"/flow/greet, trace {run.run.trace_id} failed"


@pytest.mark.parametrize("has_run", [False, True])
async def test_a_stack_is_told_where_it_shows_the_developers_code(reflection, has_run):
    """Of a request that was refused, it would only show this library."""
    run = await opened(reflection) if has_run else None
    described = describe_failure(_raised(PublicError(Status.NOT_FOUND, "no such city")), run)
    assert ("stack" in json.loads(described.status)["details"]) is has_run


def test_what_was_never_raised_and_what_was_cancelled_have_no_stack():
    for error in (ValueError("kaboom"), _raised(PublicError(Status.CANCELLED, "stopped"))):
        assert "stack" not in json.loads(describe_failure(error, None).status)["details"]


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as exc:
        return exc
