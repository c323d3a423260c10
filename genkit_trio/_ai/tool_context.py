"""What a tool can do with its own run, beside what every action can."""

from collections.abc import Mapping
from typing import Final, Never

import attrs
from typing_extensions import TypeVar

from .._core import RunContext
from .._wire import JsonValue

ChunkT = TypeVar("ChunkT", default=Never)


@attrs.frozen(kw_only=True)
class ToolCall:
    """The init value of a tool's run: how the call came about.

    Attributes:
      resumed: what the interrupted request was restarted with; `None` for a call that is not a restart.
      original_input: the input of the interrupted request, where the restart has replaced it.
    """

    resumed: Mapping[str, JsonValue] | None = None
    original_input: JsonValue = None


_FIRST_CALL: Final = ToolCall()


class ToolRunContext(RunContext[ChunkT]):
    """The run context of a tool: it also tells whether the run resumes an interrupted one."""

    __slots__ = ()

    @property
    def resumed_metadata(self) -> Mapping[str, JsonValue] | None:
        """What the request was restarted with: that of `restart_tool`; empty when nothing was said.

        `None` for a call that is not a restart.
        """
        return self._call.resumed

    def is_resumed(self) -> bool:
        """Tell whether the tool runs again after it was interrupted."""
        return self._call.resumed is not None

    @property
    def original_input(self) -> JsonValue:
        """The input of the interrupted request as JSON, if the restart has replaced it; else `None`."""
        return self._call.original_input

    @property
    def _call(self) -> ToolCall:
        return self.init if isinstance(self.init, ToolCall) else _FIRST_CALL
