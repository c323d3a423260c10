"""A connection that is not given back when the cancellation comes at the wrong moment."""

import trio

from genkit_trio import Genkit
from genkit_trio.testing import InjectionFailure, Trial, explore

ai = Genkit()
borrowed = 0


@ai.flow
async def ask_the_database(question: str) -> str:
    global borrowed
    borrowed += 1
    await trio.sleep(0.1)  # saying hello: nothing gives the connection back if this is cancelled
    try:
        await trio.sleep(1)
        return f"{question}? 42"
    finally:
        borrowed -= 1


async def scenario(trial: Trial) -> None:
    global borrowed
    borrowed = 0
    with trial.cancelled_by("cancel"):
        assert await ask_the_database("why") == "why? 42"
    if borrowed:
        raise RuntimeError(f"{borrowed} connection is still borrowed")


try:
    explore(scenario, ["cancel"])
except InjectionFailure as failure:
    print(*str(failure).splitlines()[:2], sep="\n")
