"""What the tests of the core share: an application, and an observer of the scheduler."""

import pytest
import trio

from genkit_trio import Genkit
from genkit_trio._core import forget_advice


@pytest.fixture
def ai() -> Genkit:
    return Genkit()


@pytest.fixture(autouse=True)
def _say_every_warning_again():
    forget_advice()
    yield
    forget_advice()


class Passes(trio.abc.Instrument):
    """Counts the passes of the scheduler, the steps of tasks, and the tasks that were spawned."""

    def __init__(self):
        self.passes = self.steps = self.spawned = 0

    def before_io_wait(self, timeout: float) -> None:
        self.passes += 1

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        self.steps += 1

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        self.spawned += 1


@pytest.fixture
async def passes():
    counter = Passes()
    trio.lowlevel.add_instrument(counter)
    yield counter
    trio.lowlevel.remove_instrument(counter)
