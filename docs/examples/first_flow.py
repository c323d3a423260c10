"""A flow: a function with a name, types, and a run for each call."""

import attrs
import trio

from genkit_trio import Genkit

ai = Genkit()


@attrs.frozen
class Crossing:
    """What a passenger asks for."""

    passengers: int
    carts: int = 0


@ai.flow
async def fare(crossing: Crossing) -> float:
    """Tell what a crossing costs."""
    return crossing.passengers * 1.5 + crossing.carts * 4


async def main() -> None:
    print(await fare(Crossing(passengers=2, carts=1)))
    print(fare.key, "-", fare.description)
    response = await fare.run(Crossing(passengers=1))
    print(response.output, len(response.trace_id))


trio.run(main)
