"""Services: they are ready before the block begins, and outlive every run."""

import pytest
import trio
import trio.testing

from genkit_trio import PublicError
from genkit_trio._core import current_roots
from genkit_trio._runtime import RuntimeOptions
from genkit_trio._runtime import open_runtime as open_runtime_of
from genkit_trio.lowlevel import current_runtime
from genkit_trio.testing import replay
from tests.runtime.flows import ai, ends, flow

__all__ = ["ai", "ends"]


def service(name: str, log: list[str]):
    async def serve(runtime, /, *, task_status) -> None:
        log.append(f"{name} starts")
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            log.append(f"{name} stops")

    return serve


async def test_services_are_ready_in_order_when_the_block_begins(ai, ends):
    async with open_runtime_of(ai.registry, (service("one", ends), service("two", ends))):
        assert ends == ["one starts", "two starts"]
    assert sorted(ends[2:]) == ["one stops", "two stops"]


@pytest.mark.parametrize("end", ["normal", "raise", "cancel"])
async def test_services_outlive_every_run(ai, ends, end, autojump_clock):
    """C27: so the exporter of spans sees the last one, whichever way the block ends."""
    options = RuntimeOptions(drain_timeout=1)
    with trio.CancelScope() as scope:
        try:
            async with open_runtime_of(ai.registry, (service("one", ends),), options) as runtime:
                runtime.spawn(flow(ai, "tidy"), 1, timeout=None)
                await trio.testing.wait_all_tasks_blocked()
                if end == "raise":
                    raise ValueError("oops")
                if end == "cancel":
                    scope.cancel()
        except ValueError:
            pass
    assert ends == ["one starts", "tidied", "one stops"]


async def test_a_service_that_crashes_ends_the_runtime_with_its_error(ai, ends, autojump_clock):
    async def crash(runtime, /, *, task_status) -> None:  # noqa: ASYNC114  # a service
        task_status.started()
        await trio.sleep(2)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):  # the block is what raises  # the block is what raises
        async with open_runtime_of(ai.registry, (service("one", ends), crash)) as runtime:
            runtime.spawn(flow(ai, "forever"), timeout=None)
            await trio.sleep_forever()
    assert trio.current_time() == pytest.approx(2)
    assert ends[0] == "one starts"
    assert sorted(end.split(":")[0] for end in ends[1:]) == ["forever at 2", "one stops"]


async def test_a_service_that_cannot_start_ends_the_runtime_before_the_block(ai, ends):
    async def broken(runtime, /, *, task_status) -> None:  # noqa: ASYNC114  # a service
        raise OSError("no port")

    with pytest.raises(OSError, match="no port"):
        async with open_runtime_of(ai.registry, (service("one", ends), broken, service("never", ends))):
            raise AssertionError
    assert ends == ["one starts", "one stops"]
    assert current_runtime(ai.registry) is None


async def test_a_service_that_is_slow_to_start_can_be_cancelled(ai, autojump_clock):
    async def slow(runtime, /, *, task_status) -> None:  # noqa: ASYNC114, ASYNC128  # never ready
        await trio.sleep_forever()

    with trio.move_on_after(2):
        async with open_runtime_of(ai.registry, (slow,)):
            raise AssertionError
    assert trio.current_time() == pytest.approx(2)


def test_a_service_that_is_still_starting_when_its_runtime_ends_ends_with_it(ai):
    """C28: the runtime does not wait for it for ever."""

    async def slow(runtime, /, *, task_status) -> None:  # noqa: ASYNC114  # a service
        for _ in range(10):
            await trio.lowlevel.checkpoint()
        task_status.started()
        await trio.sleep_forever()

    async def use(runtime) -> None:
        with pytest.raises(PublicError, match="no service is started any more: shutting down"):
            await runtime.use(slow)

    async def scenario(trial) -> None:
        async with trio.open_nursery() as nursery, open_runtime_of(ai.registry) as runtime:
            nursery.start_soon(use, runtime)  # noqa: ASYNC111  # it ends while this goes on
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()

    replay(scenario)


async def test_a_service_that_has_started_as_its_runtime_ends_is_of_no_use_any_more(ai, autojump_clock):
    """C27: what is started next would find the runtime closed."""

    async def quick(runtime, /, *, task_status) -> None:  # noqa: ASYNC114  # a service
        current_roots().draining = True
        task_status.started()
        await trio.sleep_forever()

    async with open_runtime_of(ai.registry) as runtime:
        with pytest.raises(PublicError, match="no service is started any more: shutting down"):
            await runtime.use(quick)


async def test_a_service_that_fails_to_say_that_it_is_ready_is_an_error(ai):
    async def silent(runtime, /, *, task_status) -> None:  # noqa: ASYNC114, ASYNC128  # never ready
        await trio.lowlevel.checkpoint()

    async with open_runtime_of(ai.registry) as runtime:
        with pytest.raises(RuntimeError, match="started"):
            await runtime.use(silent)


async def test_a_service_may_end_by_itself(ai, ends):
    async def brief(runtime, /, *, task_status) -> None:  # noqa: ASYNC114  # a service
        task_status.started()

    async with open_runtime_of(ai.registry, (brief,)) as runtime:
        spawned = runtime.spawn(flow(ai, "sleep"), 0, timeout=None)
        await spawned.output()
