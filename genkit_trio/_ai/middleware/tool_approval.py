"""Tools that a person must approve."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from ..interrupt import Interrupt
from ..tool import MultipartToolResponse
from ..value import is_mapping
from .hooks import Middleware, NextTool, ToolHookParams


@attrs.frozen
class ToolApproval(Middleware):
    """Lets a model call only the tools that are allowed, and asks a person about the others.

    A call of another tool is an interrupt. To approve it, restart it with ``toolApproved``::

        approved = restart_tool(interrupt=response.interrupts[0], resumed_metadata={"toolApproved": True})
        await ai.generate(messages=response.messages, resume_restart=approved, use=[ToolApproval()], …)

    Args:
      allowed_tools: the names of the tools that need no approval.
    """

    middleware_name: ClassVar[str] = "toolApproval"

    allowed_tools: Sequence[str] = ()

    async def wrap_tool(self, params: ToolHookParams, next_fn: NextTool) -> MultipartToolResponse:
        """Call the tool if it may be called.

        Raises:
          Interrupt: if a person has to approve it.
        """
        if params.tool.name in self.allowed_tools or _is_approved(params):
            return await next_fn(params)
        raise Interrupt({"message": f"Tool not in approved list: {params.tool.name}"})


def _is_approved(params: ToolHookParams) -> bool:
    resumed = (params.tool_request_part.metadata or {}).get("resumed")
    # Only true itself: metadata may come from a client, and what it says must be meant.
    return is_mapping(resumed) and (resumed.get("toolApproved") is True or resumed.get("tool_approved") is True)
