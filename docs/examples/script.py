"""A script: its main function is the program of the process."""

from genkit_trio import Genkit

ai = Genkit()


@ai.flow
async def greet(name: str) -> str:
    """Greet someone by name."""
    return f"Hello, {name}!"


async def main() -> None:
    print(await greet("Ada"))


if __name__ == "__main__":
    ai.run_main(main)
