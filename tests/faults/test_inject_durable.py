"""Whatever happens to a durable stream at whichever step: who comes back for the rest gets all of it, and one end."""

from functools import partial

import pytest

from genkit_trio import Cause, open_runtime
from genkit_trio._asgi.flow_replies import ReplyOptions
from genkit_trio._runtime import MemoryStreamStore
from genkit_trio.asgi import FlowApp, RequestLimits
from genkit_trio.testing import STREAM_HEADERS, AppRequest, explore
from tests.faults.exchanges import BLOWS, GOODBYES, scene, statuses_of
from tests.faults.scenes import PAIRS, SEEDS
from tests.faults.test_inject_http import TWICE, check_frames
from tests.faults.works import ai

pytestmark = pytest.mark.usefixtures("unlogged")

STREAM_ID = "x-genkit-stream-id"


class Twice(AppRequest):
    """A client that comes back for what it has missed."""

    def __init__(self):
        super().__init__("/stream", 2, headers=STREAM_HEADERS)
        self.again = None

    async def serve(self, app, scope, receive, send):
        """Be the application for the first request, and make the second in its time."""
        await app(scope, receive, send)
        await self.come_back(app)

    async def come_back(self, app):
        """Make the second request, if there was a stream."""
        if STREAM_ID in self.headers:
            query = f"after={len(self.messages)}"
            self.again = AppRequest("/stream", headers=self.same_stream, query=query, parts=[b""])
            await self.again.play(app)

    @property
    def same_stream(self):
        """The headers of a request for the stream that was begun."""
        return {**STREAM_HEADERS, STREAM_ID: self.headers[STREAM_ID]}

    @property
    def messages(self):
        """What has come of the stream but its end."""
        return [frame for frame in self.frames if "message" in frame]


def application(runtime, request):
    options = ReplyOptions(expose_errors=False, legacy_error_frames=False, cors_origins=())
    store = MemoryStreamStore()
    return partial(request.serve, FlowApp(ai.registry, partial(open_runtime, ai), RequestLimits(), options, store))


def check(request, events):
    if request.ended and request.status != 200:
        assert request.json["status"] in statuses_of(events)
    elif request.ended:
        check_frames(request.frames, TWICE, "done", events)
    again = request.again
    if again is not None and again.ended:
        if again.status == 200:
            check_frames([*request.messages, *again.frames], TWICE, "done", events)
        else:
            # The runtime has ended, and its streams with it; or Redis is not there yet.
            assert again.json["status"] in {*statuses_of(events), "FAILED_PRECONDITION"}
            assert {*events} & {"drain", "server is cancelled", "runtime is cancelled", "Redis is restarted"}


SCENARIO = scene(application, Twice, check, always={Cause.DRAIN, Cause.PARENT_CANCELLED})


@pytest.mark.parametrize("seed", SEEDS)
def test_a_blow_at_any_step_leaves_a_stream_that_can_be_followed_to_its_end(seed):
    """C15, C21, C22: a client that goes does not stop the run, and misses nothing when it comes back."""
    explored = explore(SCENARIO, BLOWS, seeds=[seed], pairs=PAIRS)
    assert set(explored.happened) == set(BLOWS) >= set(GOODBYES)
