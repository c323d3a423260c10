"""What every work queue promises. Each of them passes all of these tests."""

import attrs
import pytest
import trio
import trio.testing

from genkit_trio import Genkit, GenkitError, Status, open_runtime
from genkit_trio._runtime import QueuedRun
from tests.runtime.queues import QUEUES, memory_queue, until
from tests.runtime.stores import redis

__all__ = ["redis"]

RUN = QueuedRun(
    stream_id="first",
    action="/flow/greet",
    input={"name": "Ada", "tags": [1, None]},
    has_input=True,
    context={"user": "u1"},
    timeout=1.5,
    attempts=3,
    idempotency_key="first",
    traceparent=None,
)
SECOND = attrs.evolve(RUN, stream_id="second", idempotency_key="second")


@pytest.fixture(params=QUEUES)
async def queue(request):
    queue = request.param(request, max_runs=2, remember=0.2)
    async with open_runtime(Genkit(), queue=queue):
        with trio.fail_after(10):  # noqa: ASYNC100  # the test waits
            yield queue


async def is_empty(queue) -> bool:
    with trio.move_on_after(0.05):
        await queue.take()
        return False
    return True


async def test_what_is_put_is_taken_in_its_order(queue):
    for run in (RUN, SECOND):
        assert await queue.put(run) == run.stream_id
    taken = [await queue.take() for _ in range(2)]
    assert [(each.run, each.attempt) for each in taken] == [(RUN, 1), (SECOND, 1)]
    assert await is_empty(queue)


async def test_who_takes_waits_for_a_run(queue):
    async with trio.open_nursery() as nursery:

        async def put():
            await trio.testing.wait_all_tasks_blocked(0.01)
            await queue.put(RUN)

        nursery.start_soon(put)
        assert (await queue.take()).run == RUN


async def test_a_run_with_a_known_key_is_the_run_that_has_it(queue):
    assert await queue.put(attrs.evolve(RUN, idempotency_key="k")) == "first"
    assert await queue.put(attrs.evolve(SECOND, idempotency_key="k")) == "first"
    await queue.finish(await queue.take())
    assert await queue.put(attrs.evolve(SECOND, idempotency_key="k")) == "first"
    assert await is_empty(queue)


async def test_a_key_is_forgotten_after_its_time(queue):
    await queue.put(attrs.evolve(RUN, idempotency_key="k"))
    await queue.finish(await queue.take())

    async def put_second() -> bool:
        return await queue.put(attrs.evolve(SECOND, idempotency_key="k")) == "second"

    await until(put_second)
    assert (await queue.take()).run.stream_id == "second"


async def test_a_full_queue_refuses_until_a_run_has_ended(queue):
    await queue.put(RUN)
    await queue.put(SECOND)
    third = attrs.evolve(RUN, stream_id="third", idempotency_key="third")
    taken = await queue.take()
    with pytest.raises(GenkitError, match="the queue holds 2 runs") as caught:
        await queue.put(third)
    assert caught.value.status is Status.RESOURCE_EXHAUSTED
    await queue.finish(taken)
    assert await queue.put(third) == "third"


async def test_what_is_given_back_is_taken_again_as_the_next_attempt(queue):
    await queue.put(RUN)
    for attempt in (1, 2, 3):
        taken = await queue.take()
        assert taken.attempt == attempt
        await queue.give_back(taken, delay=0)


async def test_what_is_given_back_may_have_to_wait(queue):
    await queue.put(RUN)
    await queue.give_back(await queue.take(), delay=0.3)
    assert await is_empty(queue)
    assert (await queue.take()).attempt == 2


async def test_the_word_of_an_earlier_attempt_is_not_taken(queue):
    await queue.put(RUN)
    earlier = await queue.take()
    await queue.give_back(earlier, delay=0)
    later = await queue.take()
    await queue.finish(earlier)
    await queue.park(earlier)
    await queue.give_back(earlier, delay=0)
    assert await is_empty(queue)
    assert await queue.parked() == ()
    await queue.give_back(later, delay=0)
    assert (await queue.take()).attempt == 3


async def test_parked_runs_are_listed_and_not_taken(queue):
    for run in (RUN, SECOND):
        await queue.put(run)
        await queue.park(await queue.take())
    assert await is_empty(queue)
    assert await queue.parked() == (RUN, SECOND)
    await queue.forget_parked("first")
    await queue.forget_parked("unknown")
    assert await queue.parked() == (SECOND,)


@pytest.mark.parametrize("option", ["max_runs", "remember"])
def test_a_number_that_is_not_positive_is_refused(option):
    with pytest.raises(ValueError, match=f"{option} is 0; it must be positive"):
        memory_queue(None, **{option: 0})


def test_a_run_is_read_as_it_was_written():
    assert QueuedRun.from_json(RUN.to_json()) == RUN


def test_what_is_no_run_is_not_read():
    with pytest.raises(ValueError, match="action"):
        QueuedRun.from_json(b'{"stream_id": "s"}')
