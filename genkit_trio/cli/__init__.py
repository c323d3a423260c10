"""The ``genkit-trio`` command.

Nothing is imported here that an extra brings, so that without it the command can say which one it needs.
"""

import sys
from typing import Final

EXTRA: Final = frozenset({"click", "rich"})


def main() -> None:
    """Run the command; its arguments are those of the process."""
    try:
        from .group import group
    except ModuleNotFoundError as exc:
        if exc.name is None or exc.name.partition(".")[0] not in EXTRA:
            raise
        print(
            f"genkit-trio: the command needs {exc.name}; install it with: pip install 'genkit-trio[cli]'",
            file=sys.stderr,
        )
        sys.exit(1)
    group()
