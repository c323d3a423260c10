"""Answers of other processes that come when nobody waits for them any more."""

import httpx2
import trio
import trio.testing

from genkit_trio import RemoteAction, RemoteOptions


class LateTransport(httpx2.AsyncBaseTransport):
    """A server whose answer comes in the moment in which nobody waits for it any more."""

    def __init__(self):
        self.asked = trio.Event()

    async def handle_async_request(self, request):
        self.asked.set()
        with trio.CancelScope(shield=True):
            await trio.testing.wait_all_tasks_blocked()
        body = b'data: {"message":1}\n\ndata: {"error":{"status":"DEADLINE_EXCEEDED","message":"m"}}\n\n'
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=body)


async def test_a_stream_that_comes_when_its_consumer_has_gone_is_no_wrong_answer():
    """C13: leaving early is no error."""
    transport = LateTransport()
    async with httpx2.AsyncClient(transport=transport) as client:
        remote = RemoteAction("http://there/count", output=int, chunk=int, remote=RemoteOptions(client=client))
        with trio.CancelScope() as scope:
            async with remote.stream():
                await transport.asked.wait()
                scope.cancel()
                await trio.lowlevel.checkpoint()
    assert scope.cancelled_caught
