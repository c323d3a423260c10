"""Whatever happens to a run that a developer's tool has asked for, at whichever step: one end, and nothing after it."""

import json

import pytest
import trio

from genkit_trio import Cause, Status
from genkit_trio._asgi import ReflectionApp, ReflectionIdentity
from genkit_trio._client.session import Disconnected, Session
from genkit_trio._runtime import Reflection
from genkit_trio.testing import JSON_HEADERS, AppRequest, explore
from tests.e2e.tools import RecordedTelemetry
from tests.faults.exchanges import BLOWS, arm, keep_open, scene, statuses_of
from tests.faults.scenes import PAIRS, SEEDS, causes_of, watched
from tests.faults.works import ai

pytestmark = pytest.mark.usefixtures("unlogged")

TWICE = [0, 0, 1, 1]
HEADERS = {**JSON_HEADERS, "host": "127.0.0.1:3100"}


def reflection():
    return Reflection(ai.registry, RecordedTelemetry())


def check_code(code, events):
    """Hold a failure to the statuses that may be told."""
    assert code in {Status[name].code for name in statuses_of(events)}


def check_lines(request, events, *, stream):
    """Hold an answer of version 1 to its chunks, and one end."""
    *lines, last = map(json.loads, request.body.split(b"\n"))
    assert lines == TWICE[: len(lines)]
    assert not lines or stream
    if "result" in last:
        assert last["result"] == "done"
        assert not stream or lines == TWICE
    else:
        check_code(last["error"]["code"] if request.status == 200 else last["code"], events)


def over_http(key, *, stream):
    """Return the scenario of a tool of version 1."""

    def new_request():
        body = json.dumps({"key": f"/flow/{key}", "input": 2}).encode()
        query = "stream=true" if stream else ""
        return AppRequest("/api/runAction", headers=HEADERS, parts=[body], query=query)

    def application(runtime, request):
        return ReflectionApp(reflection(), runtime, ReflectionIdentity("1"), lambda: None)

    def check(request, events):
        if request.ended:
            check_lines(request, events, stream=stream)

    return scene(application, new_request, check)


class Socket:
    """A tools server of version 2: asks for one run, and goes when that has ended."""

    def __init__(self, request):
        self.to_receive = [json.dumps(request).encode()]
        self.sent = []
        self.gone = trio.Event()
        self.answered = trio.Event()

    async def receive(self):
        await trio.lowlevel.checkpoint()
        if self.to_receive and not self.gone.is_set():
            return self.to_receive.pop(0)
        await self.gone.wait()
        raise Disconnected("gone")

    async def send(self, text):
        if self.gone.is_set():
            raise Disconnected("gone")
        await trio.lowlevel.checkpoint()
        self.sent.append(json.loads(text))
        if self.sent[-1].get("id") == "7":
            self.answered.set()

    def disconnect(self):
        self.gone.set()

    def half_close(self):
        """Do nothing: a WebSocket has no such state."""

    def stall(self):
        """Do nothing: that a write is bounded is the connection's part, not the session's."""


def over_socket(key, *, stream):
    """Return the scenario of a tool of version 2."""
    params = {"key": f"/flow/{key}", "input": 2, "stream": stream}

    async def scenario(trial):
        with watched(trial) as spans:
            end = trio.Event()
            socket = Socket({"jsonrpc": "2.0", "id": "7", "method": "runAction", "params": params})
            async with trio.open_nursery() as nursery:
                runtime, scope = await nursery.start(keep_open, end)
                arm(trial, socket, end)
                trial.on("runtime is cancelled", scope.cancel)
                nursery.start_soon(_go_when_answered, socket)
                try:
                    with trial.cancelled_by("server is cancelled"):
                        await Session(reflection(), runtime, socket).run(b"{}")
                except* Disconnected:
                    assert socket.gone.is_set()
                socket.gone.set()
                socket.answered.set()
                end.set()
        check(socket.sent, trial.events)
        # A session that is cancelled leaves its tool, and the other way round.
        always = {Cause.CLIENT_DISCONNECT} if "server is cancelled" in trial.events else ()
        assert spans.causes() <= causes_of(trial.events, always), (spans.causes(), trial.events)

    def check(sent, events):
        chunks = [message["params"]["chunk"] for message in sent if message.get("method") == "streamChunk"]
        answers = [message for message in sent if message.get("id") == "7"]
        assert chunks == TWICE[: len(chunks)]
        assert not chunks or stream
        if not answers:
            assert {*events} & {"client disconnects", "server is cancelled"}
            return
        assert answers == sent[-1:]
        if "result" in answers[0]:
            assert answers[0]["result"]["result"] == "done"
            assert not stream or chunks == TWICE
        else:
            check_code(answers[0]["error"]["data"]["code"], events)

    return scenario


async def _go_when_answered(socket):
    await socket.answered.wait()
    await trio.testing.wait_all_tasks_blocked()
    socket.gone.set()


SOCKET_BLOWS = tuple(blow for blow in BLOWS if blow not in {"client half-closes", "client stalls"})
SCENES = {
    "v1": (over_http("stream", stream=False), BLOWS),
    "v1 streamed": (over_http("stream", stream=True), BLOWS),
    "v1 nested stream": (over_http("relay", stream=True), BLOWS),
    "v2": (over_socket("stream", stream=False), SOCKET_BLOWS),
    "v2 streamed": (over_socket("stream", stream=True), SOCKET_BLOWS),
    "v2 nested stream": (over_socket("relay", stream=True), SOCKET_BLOWS),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("scenario", "blows"), SCENES.values(), ids=SCENES)
def test_a_blow_at_any_step_leaves_one_end_and_nothing_else(scenario, blows, seed):
    """C1, C21, C22, C26, C27: a tool that is there is told the result or the cause's status."""
    explored = explore(scenario, blows, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(blows)
