"""What every stream store promises. Each of them passes all of these tests."""

import json
from contextlib import suppress

import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, Status, open_runtime
from genkit_trio._runtime import StreamFrame, StreamStore, stream_exists, stream_lost, stream_not_found, stream_taken
from tests.runtime.stores import HEARTBEAT, STORES, redis, store_clock

__all__ = ["redis", "store_clock"]

RESULT = StreamFrame("result", b'"done"')


@pytest.fixture(params=STORES)
async def store(request):
    store = request.param(request)
    async with open_runtime(Genkit()) as runtime:
        await runtime.use(store)
        with trio.fail_after(10):  # noqa: ASYNC100  # the test waits
            yield store


async def follow(store: StreamStore, stream_id: str, after: int = 0) -> list[StreamFrame]:
    """Follow a stream to its end."""
    frames: list[StreamFrame] = []
    async with store.follow(stream_id, after=after) as follower:
        while not frames or not frames[-1].is_end:
            frames.extend(await follower.receive())
    return frames


def ignore() -> None:
    """Not care that the stream is cancelled."""


def messages(*numbers: int) -> list[StreamFrame]:
    return [StreamFrame("message", b"%d" % number) for number in numbers]


def payloads(*numbers: int) -> list[bytes]:
    return [b"%d" % number for number in numbers]


def failure_in(frame: StreamFrame) -> str:
    assert frame.kind == "error"
    return json.loads(frame.payload)["status"]


async def test_a_stream_is_followed_from_its_beginning_after_its_end(store):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(1, 2))
        await writer.append(payloads(3))
        await writer.end(RESULT)
    assert await follow(store, "s") == [*messages(1, 2, 3), RESULT]
    assert await follow(store, "s") == [*messages(1, 2, 3), RESULT]


async def test_frames_are_followed_while_they_are_written(store):
    async with store.open("s", on_cancel=ignore) as writer, store.follow("s") as follower:
        for number in range(3):
            await writer.append(payloads(number))
            assert await follower.receive() == messages(number)
        await writer.end(RESULT)
        assert await follower.receive() == [RESULT]


async def test_a_follower_that_waits_is_woken(store):
    received: list[StreamFrame] = []

    async def one() -> None:
        received.extend(await follow(store, "s"))

    async with store.open("s", on_cancel=ignore) as writer, trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(one)
        await trio.testing.wait_all_tasks_blocked(0.05)
        await writer.append(payloads(1))
        await trio.testing.wait_all_tasks_blocked(0.05)
        await writer.end(RESULT)
    assert received == [*messages(1), RESULT] * 3


async def test_many_frames_arrive_in_order_and_once(store):
    numbers = range(1_000)
    async with store.open("s", on_cancel=ignore) as writer:
        for start in range(0, 1_000, 10):
            await writer.append(payloads(*numbers[start : start + 10]))
        await writer.end(RESULT)
    assert await follow(store, "s") == [*messages(*numbers), RESULT]
    assert await follow(store, "s", after=990) == [*messages(*numbers[990:]), RESULT]


@pytest.mark.parametrize(("after", "left"), [(1, 2), (2, 1), (3, 0), (4, 0), (1_000_000, 0)])
async def test_a_position_skips_messages_and_never_the_end(store, after, left):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(1, 2, 3))
        await writer.end(RESULT)
    assert await follow(store, "s", after=after) == [*messages(1, 2, 3)[3 - left :], RESULT]


async def test_a_position_skips_what_is_not_written_yet(store):
    async with store.open("s", on_cancel=ignore) as writer, store.follow("s", after=2) as follower:
        await writer.append(payloads(1, 2))
        await writer.append(payloads(3))
        assert await follower.receive() == messages(3)


async def test_a_payload_may_be_any_json(store):
    strange = [b'"\\n\\u0000"', b"null", b'{"a":[1.5,true]}', '"ä"'.encode(), b'"' + b"x" * 1_000_000 + b'"']
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(strange)
        await writer.end(StreamFrame("error", b'{"status":"INTERNAL"}'))
    assert [frame.payload for frame in await follow(store, "s")] == [*strange, b'{"status":"INTERNAL"}']


async def test_an_empty_append_is_none(store):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append([])
        await writer.end(RESULT)
    assert await follow(store, "s") == [RESULT]


async def test_a_stream_that_is_not_there_is_not_found(store):
    for attempt in (follow(store, "nobody"), store.cancel("nobody")):
        with pytest.raises(GenkitError) as caught:
            await attempt
        assert caught.value.status is Status.NOT_FOUND


async def test_a_name_is_taken_once(store):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(1))
        with pytest.raises(GenkitError) as caught:
            async with store.open("s", on_cancel=ignore):
                pass
        await writer.end(RESULT)
    assert caught.value.status is Status.ALREADY_EXISTS
    assert await follow(store, "s") == [*messages(1), RESULT]


async def test_nothing_is_written_after_the_end(store):
    """C22: exactly one terminal frame."""
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.end(RESULT)
        with pytest.raises(GenkitError) as caught:
            await writer.append(payloads(1))
        with pytest.raises(GenkitError):
            await writer.end(StreamFrame("error", b"{}"))
    assert caught.value.status is Status.ABORTED
    assert await follow(store, "s") == [RESULT]


async def test_a_writer_that_leaves_without_an_end_leaves_an_error(store):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(1))
    started = trio.current_time()
    *frames, end = await follow(store, "s")
    assert frames == messages(1)
    assert failure_in(end) == "UNAVAILABLE"
    assert trio.current_time() - started < 2 * HEARTBEAT
    assert await follow(store, "s") == [*messages(1), end]


async def test_a_writer_is_told_when_its_stream_is_cancelled(store):
    cancelled = trio.Event()
    async with store.open("s", on_cancel=cancelled.set) as writer:
        await store.cancel("s")
        await cancelled.wait()
        await store.cancel("s")
        await writer.end(StreamFrame("error", b'{"status":"CANCELLED"}'))
    await store.cancel("s")
    assert failure_in(*await follow(store, "s")) == "CANCELLED"


async def test_a_cancelled_receive_has_taken_nothing(store):
    async with store.open("s", on_cancel=ignore) as writer, store.follow("s") as follower:
        with trio.move_on_after(0.05):
            await follower.receive()
        await writer.append(payloads(1))
        with trio.CancelScope() as scope:
            scope.cancel()
            await follower.receive()
        assert await follower.receive() == messages(1)


async def test_an_append_that_was_cancelled_can_be_repeated(store):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(1))
        with trio.CancelScope() as scope:
            scope.cancel()
            await writer.append(payloads(2, 3))
        await writer.append(payloads(2, 3))
        await writer.end(RESULT)
    assert await follow(store, "s") == [*messages(1, 2, 3), RESULT]


async def test_a_stream_expires_after_its_end(store):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.end(RESULT)
    assert await follow(store, "s") == [RESULT]
    with pytest.raises(GenkitError) as caught:
        while True:
            await follow(store, "s")
            await trio.testing.wait_all_tasks_blocked(0.05)
    assert caught.value.status is Status.NOT_FOUND


async def test_a_running_stream_does_not_expire(store, store_clock):
    async with store.open("s", on_cancel=ignore) as writer:
        await writer.append(payloads(1))
        with trio.move_on_after(1.5):
            await follow(store, "s")
        await writer.end(RESULT)
        assert await follow(store, "s") == [*messages(1), RESULT]


async def test_a_later_attempt_continues_a_stream(store, store_clock):
    async with store.open("s", on_cancel=ignore, attempt=1) as writer:
        await writer.append(payloads(1))
    async with store.follow("s") as follower:
        assert await follower.receive() == messages(1)
        # The writer has gone, which is no end: another will come.
        with trio.move_on_after(2 * HEARTBEAT) as waited:
            await follower.receive()
        assert waited.cancelled_caught
        async with store.open("s", on_cancel=ignore, attempt=2) as writer:
            await writer.append(payloads(1, 2))
            await writer.end(RESULT)
    assert await follow(store, "s") == [*messages(1, 1, 2), RESULT]


async def test_an_earlier_attempt_is_fenced_off(store):
    told = trio.Event()
    async with (
        store.open("s", on_cancel=told.set, attempt=1) as first,
        store.open("s", on_cancel=ignore, attempt=2) as second,
    ):
        await told.wait()
        for late in (first.append(payloads(1)), first.end(RESULT)):
            with pytest.raises(GenkitError) as caught:
                await late
            assert caught.value.status is Status.ABORTED
        await second.append(payloads(2))
        await second.end(RESULT)
    assert await follow(store, "s") == [*messages(2), RESULT]


@pytest.mark.parametrize("attempt", [1, 2])
async def test_an_attempt_is_made_once_and_in_order(store, attempt):
    async with store.open("s", on_cancel=ignore, attempt=2):
        with pytest.raises(GenkitError) as caught:
            async with store.open("s", on_cancel=ignore, attempt=attempt):
                pass
    assert caught.value.status is Status.ABORTED


async def test_a_stream_that_has_ended_is_not_continued(store):
    async with store.open("s", on_cancel=ignore, attempt=1) as writer:
        await writer.end(RESULT)
    with pytest.raises(GenkitError) as caught:
        async with store.open("s", on_cancel=ignore, attempt=2):
            pass
    assert caught.value.status is Status.ABORTED


async def test_an_attempt_learns_that_its_stream_was_cancelled_before(store):
    async with store.open("s", on_cancel=ignore, attempt=1):
        await store.cancel("s")
    told = trio.Event()
    async with store.open("s", on_cancel=told.set, attempt=2):
        assert told.is_set()


async def test_an_attempt_that_is_overtaken_does_not_stop_the_later_one(store):
    """Both begin at the same time, in one process."""
    for number in range(20):
        cancelled = []

        async def begin(attempt: int, stream_id: str, cancelled: list[int]) -> None:
            with suppress(GenkitError):
                async with store.open(stream_id, on_cancel=lambda: cancelled.append(attempt), attempt=attempt):
                    await trio.testing.wait_all_tasks_blocked(0.01)

        async with trio.open_nursery() as nursery:
            for attempt in (1, 2):
                nursery.start_soon(begin, attempt, f"s{number}", cancelled)
        assert 2 not in cancelled


@pytest.mark.parametrize(
    ("error_of", "status"),
    [
        (stream_not_found, Status.NOT_FOUND),
        (stream_exists, Status.ALREADY_EXISTS),
        (stream_taken, Status.ABORTED),
        (stream_lost, Status.DATA_LOSS),
    ],
)
def test_an_error_names_the_stream_as_far_as_it_can_be_read(error_of, status):
    """C25: the name may be a client's, of any length and with anything in it."""
    error = error_of("a\n" + "x" * 10_000)
    assert error.status is status
    assert r"'a\nxxx" in error.message
    assert len(error.message) < 200
