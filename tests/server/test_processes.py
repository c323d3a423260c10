"""The supervisor of worker processes; what real workers do is in the tests of the command."""

import signal
import socket
import sys

import pytest
import trio
import trio.testing

from genkit_trio._server import Supervision, processes, supervise

REPORT = "import os, signal, sys, time; os.write(int(sys.argv[1]), b'x'); "
CALM = (sys.executable, "-S", "-c", f"{REPORT}time.sleep(60)")
STUBBORN = (sys.executable, "-S", "-c", f"import signal; signal.signal(15, signal.SIG_IGN); {REPORT}time.sleep(60)")


async def _supervised(command, *signals, workers=2, patience=10.0):
    """Run workers that report when they have started, raise the signals in this process, and return the exit code."""
    ours, theirs = socket.socketpair()
    codes = []

    async def run():
        supervision = Supervision([*command, str(theirs.fileno())], workers, [theirs], patience)
        codes.append(await supervise(supervision))

    with ours, theirs, trio.fail_after(10):
        reports = trio.socket.from_stdlib_socket(ours)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run)
            if signals:
                for _ in range(workers):
                    assert await reports.recv(1) == b"x"
            for signum in signals:
                signal.raise_signal(signum)
                await trio.testing.wait_all_tasks_blocked(0.02)
    return codes[0]


async def test_workers_that_end_when_told_are_an_exit_code_of_0():
    assert await _supervised(CALM, signal.SIGTERM) == 0


async def test_a_worker_that_does_not_end_is_killed_and_an_exit_code_of_1():
    assert await _supervised(STUBBORN, signal.SIGTERM, patience=0.1) == 1


@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_second_signal_kills_the_workers(second, code):
    assert await _supervised(STUBBORN, signal.SIGTERM, second) == code


async def test_workers_that_end_at_once_again_and_again_are_given_up(monkeypatch, caplog):
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.001)
    assert await _supervised((sys.executable, "-S", "-c", "raise SystemExit(3)")) == 1
    assert "a worker ended with exit code 3; starting another in 0.0 s" in caplog.messages
    assert caplog.messages[-1] == "workers end as soon as they are started; giving up"
