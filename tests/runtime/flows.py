"""An application whose flows take their time, and say how they ended."""

import pytest
import trio

from genkit_trio import Genkit
from genkit_trio.lowlevel import current_run


@pytest.fixture
def ends() -> list[str]:
    return []


@pytest.fixture
def ai(ends) -> Genkit:
    ai = Genkit()

    @ai.flow
    async def forever() -> None:
        run = current_run()
        try:
            await trio.sleep_forever()
        finally:
            ends.append(f"forever at {trio.current_time():.0f}: {run.scope and run.scope.cause}")

    @ai.flow
    async def sleep(seconds: float) -> str:
        await trio.sleep(seconds)
        ends.append(f"slept {seconds:g}")
        return "slept"

    @ai.flow
    async def tidy(seconds: float) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(seconds)
            ends.append("tidied")

    return ai


def flow(ai: Genkit, name: str):
    """The flow of *ai* with that name."""
    return next(action for action in ai.registry.actions() if action.name == name)
