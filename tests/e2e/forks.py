"""Starts a command for each line of its input, fast: everything is imported already.

A worker that lives for a second or two should spend it on its work.
"""

import os
import signal
import sys

from genkit_trio.cli.group import group
from tests.e2e import queueing


def main(arguments: list[str]) -> None:
    """Fork, and write the id of each process."""
    # Nobody waits for the children.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in iter(sys.stdin.readline, ""):
        process = os.fork()
        if process == 0:
            group(arguments)
        # In one piece, for who reads it.
        os.write(1, b"%d" % process)


if __name__ == "__main__":
    assert queueing.queue is not None
    main(sys.argv[1:])
