"""The channel between a run and the consumer of its chunks, by itself."""

import hypothesis
import pytest
import trio
import trio.testing
from hypothesis import strategies as st

from genkit_trio._core import ChunkChannel
from genkit_trio._wire import ABSENT


def channel_of(capacity: int) -> ChunkChannel:
    return ChunkChannel(capacity, str)


async def put(channel, item):
    if not channel.put_nowait(item):
        await channel.put(item)


async def test_items_are_encoded_by_the_sender():
    assert channel_of(1).encode(5) == "5"


@pytest.mark.parametrize("capacity", [0, 1, 16])
async def test_there_is_room_for_as_many_as_were_asked_for(capacity):
    """C14: the buffer is bounded."""
    channel = channel_of(capacity)
    assert [channel.put_nowait(number) for number in range(capacity + 2)] == [True] * capacity + [False] * 2


async def test_a_rendezvous_needs_a_receiver_that_waits():
    """C14: 0 is a rendezvous."""
    channel = channel_of(0)
    received = []
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def receive():
            received.extend(await channel.receive_all())

        await trio.testing.wait_all_tasks_blocked()
        assert channel.put_nowait("a")
        assert not channel.put_nowait("b")
    assert received == ["a"]


async def test_senders_are_served_in_their_order():
    """C12: a chunk that waits keeps its place."""
    channel = channel_of(1)
    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(put, channel, number)
            await trio.testing.wait_all_tasks_blocked()
        assert [channel.take_nowait() for _ in range(5)] == [0, 1, 2, 3, ABSENT]


async def test_a_send_that_is_cancelled_has_put_nothing_in():
    """C12: a cancelled send has had no effect."""
    channel = channel_of(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(put, channel, 1)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert channel.take_nowait() is ABSENT


async def test_a_send_that_was_taken_before_it_was_cancelled_has_been_sent():
    """C12: what was handed over is not lost, and not handed over twice."""
    channel = channel_of(0)
    sent = []

    async def send():
        await put(channel, 1)
        sent.append(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await trio.testing.wait_all_tasks_blocked()
        assert channel.take_nowait() == 1
        nursery.cancel_scope.cancel()
    assert sent == [1]


async def test_a_receiver_that_is_cancelled_makes_way_for_another():
    """C12: a cancelled receive has had no effect."""
    channel = channel_of(0)
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(channel.receive_all)
            await trio.testing.wait_all_tasks_blocked()
            scope.cancel()
    assert not channel.put_nowait(1)


async def test_all_that_waits_is_taken_at_once_with_what_the_senders_hold():
    channel = channel_of(2)
    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(put, channel, number)
            await trio.testing.wait_all_tasks_blocked()
        assert await channel.receive_all() == [0, 1, 2, 3]


async def test_the_end_comes_after_everything_and_again():
    """C12: what was sent before the end is received before the end."""
    channel = channel_of(3)
    channel.put_nowait(1)
    channel.end()
    channel.end()
    assert channel.has_ended
    assert await channel.receive_all() == [1]
    assert await channel.receive_all() == []


async def test_what_is_put_in_after_the_end_is_discarded():
    """C12: after the end, nothing."""
    channel = channel_of(3)
    channel.end()
    assert all(channel.put_nowait(number) for number in range(9))
    assert channel.take_nowait() is ABSENT


async def test_a_receiver_that_is_woken_looks_again():
    channel = channel_of(3)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def receive():
            assert await channel.receive_all() == []

        await trio.testing.wait_all_tasks_blocked()
        channel.wake()
        channel.wake()


async def test_receiving_is_a_cancel_point_always():
    """C14: also when items are there."""
    channel = channel_of(3)
    channel.put_nowait(1)
    with trio.CancelScope() as scope:
        scope.cancel()
        await channel.receive_all()
    assert scope.cancelled_caught
    assert channel.take_nowait() == 1


async def test_a_second_receiver_is_refused():
    """C11: one consumer."""
    channel = channel_of(3)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(channel.receive_all)
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(trio.BusyResourceError, match="give each stream one consumer"):
            await channel.receive_all()
        channel.end()


async def test_after_the_receiver_has_left_everything_is_discarded():
    """C15: senders are told nothing and go on."""
    channel = channel_of(1)
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(put, channel, number)
        await trio.testing.wait_all_tasks_blocked()
        channel.leave()
        channel.leave()
    assert channel.is_left
    assert all(channel.put_nowait(number) for number in range(9))
    assert channel.take_nowait() is ABSENT


@hypothesis.given(st.integers(0, 4), st.lists(st.sampled_from(["send", "take", "cancel", "all"]), max_size=40))
async def test_any_play_of_senders_and_receiver_keeps_order_and_bound(capacity, play):
    """C12, C14: in order, each once; sent − received ≤ chunk_buffer + 1 at every moment."""
    channel = channel_of(capacity)
    received, accepted, number = [], [], 0

    async def send(item, scope):
        with scope:
            await put(channel, item)
            accepted.append(item)

    async with trio.open_nursery() as nursery:
        scopes = []
        for move in play:
            if move == "send":
                scopes.append(trio.CancelScope())
                nursery.start_soon(send, number, scopes[-1])
                number += 1
            elif move == "take":
                item = channel.take_nowait()
                received.extend([] if item is ABSENT else [item])
            elif move == "all":
                received.extend(channel.take_all())
            elif scopes:
                scopes[-1].cancel()
            assert len(set(accepted) - set(received)) <= capacity + 1
            await trio.testing.wait_all_tasks_blocked()
            assert len(set(accepted) - set(received)) <= capacity
        received.extend(channel.take_all())
    assert received == sorted(accepted)
