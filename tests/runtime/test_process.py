"""Signals of a process that owns itself, as far as they can be tried in this one."""

import os
import signal

import trio

from genkit_trio._runtime import own_process


async def test_the_first_signal_asks_once_and_gives_the_exit_code():
    asked = trio.Event()
    with own_process(asked.set, patience=60) as request:
        assert request.exit_code is None
        os.kill(os.getpid(), signal.SIGTERM)
        with trio.fail_after(10):
            await asked.wait()
        assert request.exit_code == 143


async def test_the_handlers_and_the_timer_are_taken_back():
    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(signum) for signum in watched]
    with own_process(trio.Event().set, patience=60):
        os.kill(os.getpid(), signal.SIGINT)
    assert [signal.getsignal(signum) for signum in watched] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
