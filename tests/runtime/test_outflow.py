"""The channel whose receiver is called: it is told of the first item and of a full buffer, and takes what is there."""

import trio
import trio.testing

from genkit_trio._runtime.outflow import Outflow


class Receiver:
    """Notes how it was called, and takes what is there where it is told to."""

    def __init__(self, capacity, *, takes_first=False, makes_room=True):
        self.frames = Outflow(capacity, str)
        self.frames.on_first = self._on_first
        self.frames.on_full = self._on_full
        self.calls = []
        self.taken = []
        self.takes_first = takes_first
        self.makes_room = makes_room

    def _on_first(self):
        self.calls.append("first")
        if self.takes_first:
            self.take()

    def _on_full(self):
        self.calls.append("full")
        if self.makes_room:
            self.take()

    def take(self):
        self.taken += self.frames.take_all()


def test_the_first_item_is_announced_and_those_behind_it_are_not():
    receiver = Receiver(3)
    assert [receiver.frames.put_nowait(item) for item in "ab"] == [True, True]
    assert receiver.calls == ["first"]
    receiver.take()
    receiver.frames.put_nowait("c")
    assert receiver.calls == ["first", "first"]
    assert receiver.taken == ["a", "b"]


def test_a_receiver_that_makes_room_is_given_the_item_that_had_none():
    """C14: and is told of it, as it waits where none did."""
    receiver = Receiver(1)
    assert [receiver.frames.put_nowait(item) for item in "ab"] == [True, True]
    assert receiver.calls == ["first", "full", "first"]
    assert (receiver.taken, [*receiver.frames.items]) == (["a"], ["b"])


async def test_an_item_without_room_is_refused_and_waits_with_its_sender():
    """C14: the receiver is told that somebody waits."""
    receiver = Receiver(1, makes_room=False)
    assert [receiver.frames.put_nowait(item) for item in "ab"] == [True, False]
    assert receiver.calls == ["first", "full", "first"]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(receiver.frames.put, "b")
        await trio.testing.wait_all_tasks_blocked()
        receiver.take()
    assert receiver.taken == ["a", "b"]


def test_nothing_is_put_in_unannounced():
    """C24: room that is given without asking ends with the items that were there."""
    receiver = Receiver(3)
    receiver.frames.put_nowait("a")
    receiver.frames.make_room(3)
    assert receiver.frames.room == 2
    receiver.take()
    assert receiver.frames.room == 0
    receiver.frames.make_room(3)
    assert receiver.frames.room == 0


def test_room_is_made_before_it_is_missed():
    receiver = Receiver(3)
    receiver.frames.put_nowait("a")
    receiver.frames.make_room(1)
    assert (receiver.calls, receiver.taken) == (["first", "full"], ["a"])


def test_without_a_receiver_to_call_it_is_a_channel_like_any_other():
    frames = Outflow(1, str)
    assert [frames.put_nowait(item) for item in "ab"] == [True, False]
    assert frames.take_all() == ["a"]
    frames.make_room(1)
    assert frames.room == 1
