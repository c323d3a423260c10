"""What only shows when a safeguard of the runtime is missing."""

import os
import signal
from contextlib import suppress
from functools import partial

import pytest
import trio
import trio.testing

from genkit_trio import Cause, Genkit, PublicError, open_runtime, run_all, run_step
from genkit_trio.lowlevel import recording


class Ended:
    """A recorder that notes why spans were cancelled."""

    def __init__(self):
        self.causes = {}

    def started(self, span):
        """Nothing."""

    def ended(self, span):
        self.causes[span.name] = span.cause


async def test_a_spawned_run_does_not_end_for_what_its_starter_was_part_of(autojump_clock):
    """C6, C29: it belongs to the runtime, so a branch that fails is no cause of its."""
    ai, recorder = Genkit(), Ended()

    @ai.flow
    async def work() -> None:
        await run_step("wait", trio.sleep_forever)

    async def start(runtime):
        runtime.spawn(work, timeout=5)
        await trio.sleep_forever()

    async def fail():
        await trio.sleep(1)
        raise ValueError("oops")

    with recording(recorder):
        async with open_runtime(ai) as runtime:
            with pytest.raises(ValueError, match="oops"):
                await run_all(partial(start, runtime), fail)
    assert recorder.causes == {"wait": Cause.DEADLINE, "work": Cause.DEADLINE}


async def test_a_service_that_two_need_at_once_is_started_once():
    """C6: the second one waits until it is ready."""
    starts, ready = [], trio.Event()

    async def service(runtime, *, task_status):  # noqa: ASYNC114  # started by the runtime
        starts.append(1)
        await ready.wait()
        task_status.started()
        await trio.sleep_forever()

    async with open_runtime(Genkit()) as runtime, trio.open_nursery() as nursery:
        nursery.start_soon(runtime.use, service)
        nursery.start_soon(runtime.use, service)
        await trio.testing.wait_all_tasks_blocked()
        ready.set()
        await runtime.use(service)
        assert starts == [1]


def test_a_run_that_main_streams_knows_that_a_signal_has_stopped_it(monkeypatch):
    """C27: the cause is the drain, and not what becomes of main."""
    monkeypatch.delenv("GENKIT_ENV", raising=False)
    ai, recorder = Genkit(), Ended()

    @ai.flow
    async def forever() -> None:
        await trio.sleep_forever()

    async def main() -> None:
        with recording(recorder):
            async with forever.stream() as stream:
                os.kill(os.getpid(), signal.SIGTERM)
                await stream.output()

    with suppress(SystemExit, PublicError):
        ai.run_main(main, drain_timeout=0.0)
    assert recorder.causes == {"forever": Cause.DRAIN}
