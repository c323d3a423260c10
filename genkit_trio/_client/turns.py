"""The input stream of a run: its turns, sent one by one.

An action takes one input, so the first turn is it. Later ones have nobody to read them and are not kept.
"""

from typing import Final

import trio

from .._wire import ABSENT, Absent, JsonValue


class InputTurns:
    """What a tool sends as the input of one run. Putting never waits: the reader of the connection does it."""

    def __init__(self) -> None:
        self._first: JsonValue | Absent = ABSENT
        self._decided: Final = trio.Event()

    def put(self, turn: JsonValue) -> None:
        """Take a turn."""
        if not self._decided.is_set():
            self._first = turn
            self._decided.set()

    def end(self) -> None:
        """Say that there will be no further turn."""
        self._decided.set()

    async def first(self) -> JsonValue | Absent:
        """Wait for the first turn and return it; `ABSENT` when the stream ends without one."""
        await self._decided.wait()
        return self._first
