"""``genkit-trio work``, as a process that is sent signals. Workers of one queue are elsewhere."""

import signal

import pytest

from tests.cli.process import started

pytestmark = pytest.mark.extra

WORKSHOP = ("work", "tests.cli.workshop:ai", "--queue", "tests.cli.workshop:queue")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_has_begun_ends_before_the_worker(signum):
    """C27: drained, the process ends with 0."""
    with started(*WORKSHOP) as process:
        assert process.stdout.readline() == "working\n"
        process.send_signal(signum)
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == "done\n"


def test_a_second_signal_skips_the_waiting():
    """C27: 130 or 143 on a second signal."""
    with started(*WORKSHOP) as process:
        assert process.stdout.readline() == "working\n"
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) in {130, 143}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("tests.cli.workshop", "is not module:attribute; write it like 'shop:queue'"),
        ("tests.cli.workshop:line", "has no attribute 'line'; make a queue there, or name another place"),
        ("tests.cli.workshop:ai", "is of type 'Genkit', not a queue; give one like RedisWorkQueue"),
    ],
)
def test_what_is_no_queue_is_a_sentence(invoke, target, message):
    done = invoke("work", "tests.cli.workshop:ai", "--queue", target)
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
