"""The task that waits for what arrives on all sockets together."""

import itertools
import os
import socket

import pytest
import trio
import trio.testing

from genkit_trio._server.arrivals import BATCH, Arrivals, open_arrivals


@pytest.fixture
def arrivals(nursery):
    with open_arrivals() as arrivals:
        assert arrivals is not None
        nursery.start_soon(arrivals.run)
        yield arrivals


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


async def test_what_arrives_is_told_until_it_is_read(arrivals: Arrivals, pair, autojump_clock):
    ours, theirs = pair
    read = []
    arrivals.add(ours.fileno(), lambda: read.append(ours.recv(2)))
    theirs.send(b"abcd")
    await trio.testing.wait_all_tasks_blocked()
    assert read == [b"ab", b"cd"]
    theirs.close()
    with trio.fail_after(5):
        while b"" not in read:  # noqa: ASYNC110  # it is the passes of the scheduler that are waited for
            await trio.lowlevel.checkpoint()
    arrivals.remove(ours.fileno())
    assert arrivals.count == 0


async def test_a_socket_that_is_paused_is_only_told_of_when_its_client_closes(arrivals: Arrivals, pair, autojump_clock):
    ours, theirs = pair
    calls = []

    def called() -> None:
        calls.append("called")
        arrivals.remove(ours.fileno())

    arrivals.add(ours.fileno(), called)
    arrivals.pause(ours.fileno())
    theirs.send(b"a")
    await trio.sleep(1)
    assert calls == []
    theirs.shutdown(socket.SHUT_WR)
    await trio.testing.wait_all_tasks_blocked()
    assert calls == ["called"]


async def test_a_socket_goes_on_after_a_pause(arrivals: Arrivals, pair, autojump_clock):
    ours, theirs = pair
    read = []
    arrivals.add(ours.fileno(), lambda: read.append(ours.recv(9)))
    arrivals.pause(ours.fileno())
    theirs.send(b"a")
    await trio.testing.wait_all_tasks_blocked()
    arrivals.resume(ours.fileno())
    await trio.testing.wait_all_tasks_blocked()
    assert read == [b"a"]


async def test_one_that_another_has_taken_out_is_not_called(arrivals: Arrivals, autojump_clock):
    """Its descriptor may be that of another connection by then."""
    pairs = [socket.socketpair() for _ in range(2)]
    calls = []

    def called_for(number: int):
        def called() -> None:
            calls.append(number)
            for ours, _ in pairs:
                arrivals.remove(ours.fileno())
                arrivals.remove(ours.fileno())

        return called

    for number, (ours, theirs) in enumerate(pairs):
        arrivals.add(ours.fileno(), called_for(number))
        theirs.send(b"a")
    await trio.testing.wait_all_tasks_blocked()
    assert len(calls) == 1
    for pair in pairs:
        for end in pair:
            end.close()


async def test_others_get_a_turn_between_many(arrivals: Arrivals, autojump_clock):
    """No number of sockets that always have something keeps the other tasks waiting."""
    ends = [os.pipe() for _ in range(BATCH * 4)]
    calls = []
    for read, write in ends:
        arrivals.add(read, lambda read=read: calls.append(os.read(read, 1)))
        os.write(write, b"a")
    turns = []
    for _ in range(20):
        await trio.lowlevel.checkpoint()
        turns.append(len(calls))
    # Which of two tasks is first in a pass is left to chance, so between two turns of one may be two of the other.
    assert max(b - a for a, b in itertools.pairwise([0, *turns])) <= 2 * BATCH
    assert turns[-1] == len(ends)
    for read, write in ends:
        arrivals.remove(read)
        os.close(read)
        os.close(write)
