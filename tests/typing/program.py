"""A script's main function, as type checkers see it."""

from typing import assert_type

from genkit_trio import Genkit

ai = Genkit()


async def main() -> int:
    return 0


def program() -> None:
    assert_type(ai.run_main(main), int)
    ai.run_main(main())  # type: ignore[arg-type]  # because it is the function  # pyright: ignore[reportArgumentType]  # because it is the function
