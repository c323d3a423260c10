"""Tools that a person must approve."""

import pytest

from genkit_trio._ai import Part, ToolApproval, ToolHookParams
from genkit_trio._ai.interrupt import Interrupt, restart_tool
from genkit_trio._ai.middleware.chain import chain_of, run_tool
from genkit_trio._ai.tool import MultipartToolResponse
from genkit_trio._ai.tool_decorator import tool
from genkit_trio._core import Registry


@tool
async def delete(path: str) -> str:
    return f"{path} is gone"


async def call(part, approval):
    async def inner(params):
        return MultipartToolResponse(output=await params.tool(params.tool_request.input))

    params = ToolHookParams(tool_request_part=part, tool=delete, registry=Registry())
    return (await run_tool(chain_of([approval]), params, inner)).output


async def test_a_tool_that_is_not_allowed_is_an_interrupt():
    with pytest.raises(Interrupt) as caught:
        await call(Part.from_tool_request("delete", "/"), ToolApproval())
    assert caught.value.metadata == {"message": "Tool not in approved list: delete"}


async def test_a_tool_that_is_allowed_is_called():
    assert await call(Part.from_tool_request("delete", "/tmp"), ToolApproval(["delete"])) == "/tmp is gone"


@pytest.mark.parametrize("key", ["toolApproved", "tool_approved"])
async def test_a_call_that_a_person_has_approved_is_made(key):
    part = restart_tool(interrupt=Part.from_tool_request("delete", "/"), resumed_metadata={key: True})
    assert await call(part, ToolApproval()) == "/ is gone"


@pytest.mark.parametrize(
    "resumed", [True, False, None, {}, {"toolApproved": "false"}, {"toolApproved": 1}, ["toolApproved"]]
)
async def test_nothing_else_approves_a_call(resumed):
    part = Part.from_tool_request("delete", "/", metadata={"resumed": resumed})
    with pytest.raises(Interrupt):
        await call(part, ToolApproval())


def test_params_without_a_tool_request_are_refused():
    params = ToolHookParams(tool_request_part=Part("hi"), tool=delete, registry=Registry())
    with pytest.raises(ValueError, match="tool_request_part holds no tool request"):
        _ = params.tool_request
