"""What reads a connection, by call and by its own task: the owner is told the same."""

import socket

import pytest
import trio
import trio.testing

from genkit_trio._server import ServerLimits
from genkit_trio._server.arrivals import Arrivals
from genkit_trio._server.h1.reader import Reader
from genkit_trio._server.transport import Transport

pytestmark = pytest.mark.extra


class Owner:
    """Notes what it is told, and has too much as soon as it has anything."""

    def __init__(self):
        self.told = []
        self.reader = None

    def take(self, data):
        self.told.append(data)
        if data == b"defect":
            raise RuntimeError("a defect")
        if data and data != b"more":
            self.reader.hold()
        return bool(data)

    def lose_client(self, *, is_slow):
        self.told.append("lost")
        self.reader.go_on()


@pytest.fixture
async def arrivals(nursery):
    arrivals = Arrivals()
    nursery.start_soon(arrivals.run)
    yield arrivals
    arrivals.close()


@pytest.fixture
def client():
    with socket.socket() as client:
        yield client


async def _reader(arrivals, client):
    listener = trio.socket.socket()
    with listener:
        await listener.bind(("127.0.0.1", 0))
        listener.listen()
        client.connect(listener.getsockname())
        accepted, _ = await listener.accept()
    owner = Owner()
    owner.reader = Reader(Transport(trio.SocketStream(accepted), ServerLimits()), arrivals, owner)
    return owner, owner.reader, owner.reader._transport


async def test_while_it_is_held_nothing_is_read_but_the_clients_end_is_seen(arrivals, client, nursery):
    """C21: once, and not for as long as the owner needs to react."""
    owner, reader, transport = await _reader(arrivals, client)
    nursery.start_soon(reader.run)
    client.send(b"much")
    while not reader.is_held:  # noqa: ASYNC110  # it is the passes of the scheduler that are waited for
        await trio.lowlevel.checkpoint()
    client.send(b"more")
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert owner.told == [b"much"]
    client.shutdown(socket.SHUT_WR)
    while b"" not in owner.told:  # noqa: ASYNC110  # the same
        await trio.lowlevel.checkpoint()
    assert owner.told == [b"much", "lost", b"more", b""]
    assert arrivals.count == 0
    transport.cut()


@pytest.mark.parametrize("by_call", [True, False], ids=["by call", "by its task"])
async def test_a_socket_that_is_cut_ends_it(by_call, arrivals, client, nursery):
    owner, reader, transport = await _reader(arrivals if by_call else None, client)
    nursery.start_soon(reader.run)
    await trio.testing.wait_all_tasks_blocked()
    transport.cut()
    await trio.testing.wait_all_tasks_blocked()
    assert owner.told == [b""]
    assert arrivals.count == 0


async def test_one_whose_socket_was_cut_before_ends_at_once(arrivals, client):
    owner, reader, transport = await _reader(arrivals, client)
    transport.cut()
    await reader.run()
    assert owner.told == [b""]


@pytest.mark.parametrize("by_call", [True, False], ids=["by call", "by its task"])
async def test_a_defect_of_the_owner_is_that_of_its_connection(by_call, arrivals, client):
    """The others, which the same task tells of what arrives, go on."""
    owner, reader, transport = await _reader(arrivals if by_call else None, client)
    client.send(b"defect")
    with pytest.raises(RuntimeError, match="a defect"):
        await reader.run()
    assert owner.told == [b"defect"]
    assert arrivals.count == 0
    transport.cut()
