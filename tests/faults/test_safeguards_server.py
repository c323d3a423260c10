"""What only shows when a safeguard of the server is missing."""

import pytest
import trio

from genkit_trio._server import ServerLimits
from genkit_trio._server.h1.answer import Answer
from genkit_trio._server.h1.limits import H1Limits
from genkit_trio._server.h1.outbox import Outbox
from genkit_trio._server.transport import Transport
from tests.server.h1.client import application
from tests.server.serving import respond, serving
from tests.server.switches import h1

__all__ = ["h1"]

GET = b"GET /x HTTP/1.1\r\nhost: test\r\n\r\n"


def test_an_answer_has_one_head():
    """C22: whatever the application sends; its client would take the second one for the body."""
    answer = Answer("GET", "1.1", keep_alive=True)
    answer.start(200, [], b"")
    with pytest.raises(ValueError, match="a second head"):
        answer.start(500, [], b"")


def test_there_is_nothing_behind_the_end_of_an_answer():
    """C22: its client would take it for the next answer."""
    answer = Answer("GET", "1.1", keep_alive=True)
    answer.start(200, [], b"")
    answer.part(b"all", more_body=False)
    with pytest.raises(ValueError, match="behind the end"):
        answer.part(b"more", more_body=False)


class Owner:
    """Whose outbox it is."""

    def __init__(self):
        self.has_lost = trio.Event()
        self.is_slow = False

    def lose_client(self, *, is_slow):
        self.is_slow = is_slow
        self.has_lost.set()


async def test_a_client_that_reads_less_than_the_least_rate_is_lost():
    """C25: although it takes something within each write timeout."""
    ours, theirs = trio.socket.socketpair()
    ours.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, 4096)
    owner = Owner()
    async with trio.SocketStream(ours) as stream, trio.SocketStream(theirs) as client, trio.open_nursery() as nursery:
        transport = Transport(stream, ServerLimits(write_timeout=0.1))
        outbox = Outbox(transport, H1Limits(read_rate=10**9), nursery, owner)
        outbox.push(bytes(10**7))
        nursery.start_soon(_read_little_by_little, client)
        with trio.fail_after(5):
            await owner.has_lost.wait()
        nursery.cancel_scope.cancel()
    assert owner.is_slow


async def _read_little_by_little(client):
    while await client.receive_some(4096):  # noqa: ASYNC110  # a slow client, not a wait for something
        await trio.sleep(0.005)


@pytest.mark.usefixtures("h1")
async def test_requests_behind_the_one_that_is_answered_are_not_read_without_end():
    """C25: their bytes stay with the client."""
    release = trio.Event()

    async def app(scope, receive, send):
        await release.wait()
        await respond(send, b"done")

    piece, taken = GET * 1000, 0
    async with serving(application(app), limits=ServerLimits()) as server, await server.connect() as stream:
        with trio.move_on_after(0.3):
            while taken < 64_000_000:
                await stream.send_all(piece)
                taken += len(piece)
        release.set()
    assert taken < 20_000_000
