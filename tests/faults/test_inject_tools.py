"""Whatever happens to a run of a developer's tool on a real connection, at random moments: one end at most."""

import json
from functools import partial

import pytest
import trio

from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._client import ReflectionClient
from genkit_trio._core import open_nursery
from genkit_trio._runtime import RuntimeOptions, open_runtime
from genkit_trio._server import ReflectionServer
from genkit_trio.testing import JSON_HEADERS, explore_moments
from tests.e2e.tools import SocketTool, open_tools_server
from tests.faults.exchanges import cancel_roots, pass_deadlines
from tests.faults.scenes import PACE, causes_of, watched
from tests.faults.sockets import BLOWS, GRACE, SocketRequest, check_answered
from tests.faults.sockets import PACE as REAL_PACE
from tests.faults.test_inject_reflection import TWICE, check_code, check_lines, reflection
from tests.faults.works import ai

pytestmark = pytest.mark.usefixtures("unlogged")

MOMENTS = [pytest.param(40, id="some"), pytest.param(1000, marks=pytest.mark.slow, id="1,000 moments")]
OPTIONS = RuntimeOptions(drain_timeout=GRACE, cleanup_grace=2)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """Tools find a runtime by a file in its project."""
    (tmp_path / "package.json").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def playing(play, *, stream):
    """Return the scenario of a tool that runs a flow.

    Args:
      play: is the tool; given the trial, where to run what has the runtime, and whether to ask for the chunks.
      stream: whether to ask for the chunks.
    """

    async def scenario(trial):
        with watched(trial) as spans:
            PACE.set(REAL_PACE)
            async with open_nursery() as nursery:
                check = await play(trial, nursery, stream)
        check(trial.events)
        events = [*trial.events, *["runtime is cancelled"] * ("server is cancelled" in trial.events)]
        assert spans.causes() <= causes_of(events), (spans.causes(), events)

    return scenario


async def keep_reflected(service, trial, *, task_status):  # noqa: ASYNC114  # started by scenarios
    """Keep a runtime with the service that tools talk to, until it drains or is cancelled."""
    end = trio.Event()
    with trio.CancelScope() as scope:
        async with open_runtime(ai.registry, [service], OPTIONS):
            trial.on("server is cancelled", scope.cancel)
            trial.on("drain", end.set)
            trial.on("cancel API", cancel_roots)
            trial.on("deadline", pass_deadlines)
            task_status.started(end)
            await end.wait()
    end.set()


async def ask_over_http(folder, trial, nursery, stream):
    """Be a tool of version 1."""
    server = ReflectionServer(_reflection_app, "127.0.0.1", 0, None)
    end = await nursery.start(keep_reflected, server, trial)
    body = {"key": "/flow/stream", "input": 2}
    request = SocketRequest(f"/api/runAction?stream={str(stream).lower()}", body, JSON_HEADERS)
    trial.on("client disconnects", request.disconnect)
    trial.on("client half-closes", request.half_close)
    trial.on("client resets", request.reset)
    for file in (folder / ".genkit" / "runtimes").iterdir():
        await request.play(int(json.loads(file.read_text())["reflectionServerUrl"].rpartition(":")[2]))
    end.set()

    def check(events):
        check_answered(request, events)
        if request.ended:
            check_lines(request, events, stream=stream)

    return check


def _reflection_app(runtime, runtime_id, on_quit):
    return ReflectionApp(reflection(), runtime, ReflectionIdentity(runtime_id), on_quit)


async def ask_over_socket(folder, trial, nursery, stream):
    """Be a tool of version 2."""
    call = None
    async with open_tools_server(SocketTool()) as (tool, url), open_nursery() as inner:
        end = await inner.start(keep_reflected, ReflectionClient(reflection(), url, None), trial)
        with trial.cancelled_by("client disconnects") as leaving:
            inner.start_soon(_leave_when_gone, tool, end, leaving)
            await tool.wait_for(lambda: tool.registrations)
            call = tool.start("/flow/stream", input=2, stream=stream)
            await call.wait_end()
        if leaving.cancelled_caught and tool.is_connected:
            await tool.drop()
        end.set()

    def check(events):
        if call is None or (call.result is None and call.error is None):
            assert {*events} & {"client disconnects", "server is cancelled", "drain"}
            return
        assert call.chunks == TWICE[: len(call.chunks)]
        assert not call.chunks or stream
        if call.result is not None:
            assert call.result["result"] == "done"
            assert not stream or call.chunks == TWICE
        else:
            check_code(call.error["code"], events)

    return check


async def _leave_when_gone(tool, end, leaving):
    """Let the tool go when the runtime has."""
    await end.wait()
    await tool.wait_for(lambda: not tool.is_connected)
    leaving.cancel()


SOCKET_BLOWS = tuple(blow for blow in BLOWS if blow not in {"client half-closes", "client resets"})
PLAYS = {"v1": (ask_over_http, BLOWS), "v2": (ask_over_socket, SOCKET_BLOWS)}


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("play", "blows"), PLAYS.values(), ids=PLAYS)
def test_a_blow_to_a_tool_at_any_moment_leaves_one_end_and_nothing_else(play, blows, stream, moments, project):
    """C1, C21, C22, C26, C27: a tool that is there is told the result or the cause's status."""
    explored = explore_moments(playing(partial(play, project), stream=stream), blows, moments=moments)
    assert set(explored.happened) == set(blows)
