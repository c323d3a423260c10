import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import trio

from genkit_trio import Genkit
from genkit_trio._runtime import own_process

ROOT = Path(__file__).parents[2]
PREAMBLE = """
import os, signal, sys, time
import trio
from genkit_trio import Genkit

ai = Genkit()

def ask(signum=signal.SIGTERM):
    os.kill(os.getpid(), signum)

@ai.flow
async def wait() -> None:
    try:
        await trio.sleep_forever()
    finally:
        print("stopped", flush=True)
"""


def run(script: str, **env: str) -> tuple[int, str, str]:
    """Run a program and return its exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "GENKIT_ENV": "", **env},
        capture_output=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_output_of_main_is_returned(monkeypatch):
    monkeypatch.delenv("GENKIT_ENV", raising=False)
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    async def main() -> str:
        return await greet("Ada")

    before = signal.getsignal(signal.SIGTERM)
    assert ai.run_main(main) == "Hello, Ada!"
    assert signal.getsignal(signal.SIGTERM) is before


def test_what_main_raises_is_raised(monkeypatch):
    monkeypatch.delenv("GENKIT_ENV", raising=False)

    async def main() -> None:
        raise ValueError("kaboom")

    with pytest.raises(ValueError, match="kaboom"):
        Genkit().run_main(main)


def test_a_coroutine_is_refused_with_a_sentence():
    async def main() -> None: ...

    with pytest.raises(TypeError, match=r"give it the function: ai.run_main\(main\), not main\(\)"):
        Genkit().run_main(main())


@pytest.mark.io
def test_a_signal_lets_running_runs_finish_and_exits_with_0():
    """C27."""
    script = """
    @ai.flow
    async def finish() -> None:
        ask()
        await trio.sleep(0.2)
        print("finished", flush=True)

    async def main():
        await finish()
        try:
            await finish()
        except Exception as exc:
            print(exc, flush=True)
        await trio.sleep_forever()

    ai.run_main(main)
    print("never")
    """
    assert run(script) == (0, "finished\n/flow/finish was not started: shutting down\n", "")


@pytest.mark.io
def test_a_run_that_does_not_finish_is_cancelled_with_main():
    """C27."""
    script = """
    async def main():
        ask()
        await wait()

    ai.run_main(main, drain_timeout=0.1)
    """
    assert run(script) == (0, "stopped\n", "")


@pytest.mark.io
def test_a_second_signal_ends_the_process_at_once():
    """C27."""
    script = """
    async def main():
        ask()
        ask()
        time.sleep(5)

    ai.run_main(main)
    """
    assert run(script) == (143, "", "")
    assert run(script.replace("ask()", "ask(signal.SIGINT)")) == (130, "", "")


@pytest.mark.io
def test_what_does_not_stop_is_named_with_its_stack_and_the_process_ends_with_1():
    """C27."""
    script = """
    @ai.flow
    async def stubborn() -> None:
        ask()
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    ai.run_main(stubborn, drain_timeout=0.05, cleanup_grace=0.05)
    """
    code, _, said = run(script)
    assert code == 1
    assert "/flow/stubborn did not stop, trace " in said
    assert "in stubborn" in said


@pytest.mark.io
def test_a_program_that_holds_the_thread_ends_with_1():
    """C27."""
    script = """
    async def main():
        ask()
        time.sleep(10)

    ai.run_main(main, drain_timeout=0, cleanup_grace=0)
    """
    assert run(script) == (1, "", "the program did not stop\n")


@pytest.mark.io
def test_in_development_the_program_stays_for_the_tools_until_a_signal(tmp_path):
    (tmp_path / "package.json").touch()
    script = """
    os.chdir(os.environ["PROJECT"])
    def files():
        return len(os.listdir(".genkit/runtimes"))

    async def main():
        print("main", files(), flush=True)
        # The program has its output now, and stays.
        trio.lowlevel.spawn_system_task(later)
        return "output"

    async def later():
        await trio.testing.wait_all_tasks_blocked(0.05)
        ask()

    import trio.testing
    print(ai.run_main(main), files(), flush=True)
    """
    env = {"GENKIT_ENV": "dev", "PROJECT": str(tmp_path), "GENKIT_REFLECTION_PORT": "0"}
    code, said, _ = run(script, **env)
    assert (code, said) == (0, "main 1\noutput 0\n")


@pytest.mark.io
def test_the_file_goes_when_the_process_is_ended_by_force(tmp_path):
    (tmp_path / "package.json").touch()
    script = """
    os.chdir(os.environ["PROJECT"])
    async def main():
        ask()
        ask()

    ai.run_main(main)
    """
    env = {"GENKIT_ENV": "dev", "PROJECT": str(tmp_path), "GENKIT_REFLECTION_PORT": "0"}
    assert run(script, **env)[0] == 143
    assert list((tmp_path / ".genkit" / "runtimes").iterdir()) == []


def test_a_signal_ends_main_and_the_program_exits_with_0(monkeypatch):
    """C27."""
    monkeypatch.delenv("GENKIT_ENV", raising=False)
    ended = []

    async def main() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await trio.sleep_forever()
        finally:
            ended.append("main")

    with pytest.raises(SystemExit) as caught:
        Genkit().run_main(main)
    assert (caught.value.code, ended) == (0, ["main"])


@pytest.mark.io
def test_a_program_that_stays_returns_what_main_returned(monkeypatch, tmp_path):
    monkeypatch.setenv("GENKIT_ENV", "dev")
    monkeypatch.setenv("GENKIT_REFLECTION_PORT", "0")
    monkeypatch.chdir(tmp_path)

    async def main() -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return "output"

    assert Genkit().run_main(main) == "output"


async def test_the_first_signal_asks_once_and_is_remembered():
    asked = trio.Event()
    before = signal.getsignal(signal.SIGTERM)
    with own_process(asked.set, 60) as request:
        assert request.exit_code is None
        os.kill(os.getpid(), signal.SIGTERM)
        await asked.wait()
        assert request.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


class Ended(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def exit_codes(monkeypatch):
    codes = []

    def end(code: int) -> None:
        codes.append(code)
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    return codes


async def test_the_second_signal_does_not_wait(exit_codes):
    """C27."""
    with own_process(lambda: None, 60) as request:
        request.receive(signal.SIGINT, None)
        with pytest.raises(Ended):
            request.receive(signal.SIGTERM, None)
    assert exit_codes == [143]


async def test_lost_patience_names_what_is_alive(exit_codes, capfd):
    """C27."""
    ai = Genkit()

    @ai.flow
    async def stubborn() -> None:
        with own_process(lambda: None, 60) as request:
            request.lose_patience(signal.SIGALRM, None)

    with pytest.raises(Ended):
        await stubborn()
    assert exit_codes == [1]
    assert "/flow/stubborn did not stop, trace " in capfd.readouterr().err
