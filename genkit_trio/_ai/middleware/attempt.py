"""A call of a model that may have to be repeated, or made by another model: it may, until a chunk has been sent."""

from collections.abc import Collection
from typing import Final

import attrs

from ..._core import status_of
from ..._wire import Status, StatusName
from ..chunk import ModelResponseChunk
from .hooks import ModelHookParams, SendChunk


class Attempt:
    """Watches whether a chunk is sent.

    Args:
      params: those of the call.
    """

    def __init__(self, params: ModelHookParams) -> None:
        self.has_sent = False
        self._send_chunk: Final[SendChunk] = params.send_chunk
        self.params: Final = attrs.evolve(params, send_chunk=self._send) if params.is_streaming else params
        """What the call is to be made with."""

    def may_be_repeated(self, exc: Exception, statuses: frozenset[Status]) -> bool:
        """Whether the call may be made again after it failed with *exc*."""
        return not self.has_sent and status_of(exc) in statuses

    async def _send(self, chunk: ModelResponseChunk) -> None:
        self.has_sent = True
        await self._send_chunk(chunk)


def statuses_of(names: Collection[StatusName]) -> frozenset[Status]:
    """Return the statuses with these names.

    Raises:
      ValueError: for a name that none has.
    """
    unknown = set(names) - Status.__members__.keys()
    if unknown:
        raise ValueError(f"{min(unknown)!r} is no status; there are {', '.join(Status.__members__)}")
    return frozenset(Status[name] for name in names)
