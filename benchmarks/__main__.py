"""Run one of the benchmarks: ``python -m benchmarks core --check``."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Final

COMMANDS: Final = {
    "core": "calls, nested calls, fan-out and chunks, side by side with genkit on asyncio; --dev: with a collector",
    "serve": "requests, chunks, idle streams and cancellations of servers, side by side",
    "partial_json": "the output of every chunk of a long answer in JSON, side by side with genkit at short ones",
    "wire": "reading, writing and framing values, registering and describing actions",
    "imports": "what 'import genkit_trio' adds to its dependencies",
}


def main(arguments: list[str]) -> int:
    """Run the command that *arguments* begin with, or list the commands; return the exit code."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        print("usage: python -m benchmarks COMMAND [--help] [options]\n")
        print("\n".join(f"  {name:12} {about}" for name, about in COMMANDS.items()))
        return 0
    if arguments[0] not in COMMANDS:
        print(f"no benchmark {arguments[0]!r}; there are {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    # Imported only now: the commands do not need each other's packages.
    run: Callable[[list[str]], int] = import_module(f"benchmarks.{arguments[0]}").main
    return run(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
