"""From prose to a typed value, which can be watched while it grows."""

from datetime import date
from enum import StrEnum

import attrs
import trio

from genkit_trio import Genkit
from genkit_trio.testing import ScriptedAnswer, scripted_model

LETTER = "On the second of May we shipped three crates of tea to Oslo, and one of salt."


class Goods(StrEnum):
    """What is traded."""

    TEA = "tea"
    SALT = "salt"


@attrs.frozen
class Line:
    """One line of an order."""

    goods: Goods
    crates: int = attrs.field(validator=attrs.validators.ge(1))


@attrs.frozen
class Order:
    """What was sent, where, and when."""

    city: str
    shipped: date
    lines: list[Line]


# Stands where a real model would, and needs no network.
model = scripted_model(
    ScriptedAnswer(
        chunks=[
            '```json\n{"city": "Os',
            'lo", "shipped": "2024-05-02", ',
            '"lines": [{"goods": "tea", "crates": 3}, {"goods": "sa',
            'lt", "crates": 1}]}\n```',
        ],
        delay=0.01,
    ),
    '{"city": "Oslo", "shipped": "2024-05-02", "lines": [{"goods": "gold", "crates": 0}]}',
    "[2, 3, 5]",
)
ai = Genkit(model="scripted")
ai.register(model)


async def main() -> None:
    async with ai.generate_stream(prompt=LETTER, output_schema=Order) as stream:
        async for chunk in stream:
            print(chunk.output)
        order = (await stream.output()).output
    print(order.shipped.year, [line.goods.name for line in order.lines])

    response = await ai.generate(prompt=LETTER, output_schema=Order)
    print(response.error.message if response.error else response.output)

    numbers = await ai.generate(prompt="Three primes", output_schema=list[int])
    print(sum(numbers.output))


trio.run(main)
