"""Genkit's actions, flows, models and tools on structured concurrency."""

import typing
from importlib import import_module as _import

from ._app import Genkit as Genkit
from ._app import open_runtime as open_runtime
from ._app import work as work
from ._client import RemoteAction as RemoteAction
from ._client import RemoteOptions as RemoteOptions
from ._core import Action as Action
from ._core import Action as Flow
from ._core import ActionOptions as ActionOptions
from ._core import ActionResponse as ActionResponse
from ._core import ActionStream as ActionStream
from ._core import DeadlineExceeded as DeadlineExceeded
from ._core import DefaultedAction as DefaultedAction
from ._core import Retry as Retry
from ._core import RunContext as ActionRunContext
from ._core import RunContext as RunContext
from ._core import current_context as current_context
from ._core import run_all as run_all
from ._core import run_any as run_any
from ._core import run_step as run_step
from ._core import status_of as status_of
from ._runtime import Attempt as Attempt
from ._runtime import LiveRun as LiveRun
from ._runtime import Runtime as Runtime
from ._runtime import SpawnedRun as SpawnedRun
from ._runtime import SubmittedRun as SubmittedRun
from ._runtime import current_attempt as current_attempt
from ._tracing import Cause as Cause
from ._tracing import State as State
from ._version import __version__ as __version__
from ._wire import GenkitError as GenkitError
from ._wire import PublicError as PublicError
from ._wire import Status as Status

if typing.TYPE_CHECKING:
    from ._ai import Document as Document
    from ._ai import DynamicActionProvider as DynamicActionProvider
    from ._ai import ExecutablePrompt as ExecutablePrompt
    from ._ai import FinishReason as FinishReason
    from ._ai import GeneratedChunk as GeneratedChunk
    from ._ai import GenerateOptions as GenerateOptions
    from ._ai import GenerationUsage as GenerationUsage
    from ._ai import GenerationUsage as ModelUsage
    from ._ai import HelperOptions as HelperOptions
    from ._ai import Interrupt as Interrupt
    from ._ai import InterruptOptions as InterruptOptions
    from ._ai import Media as Media
    from ._ai import Message as Message
    from ._ai import ModelRef as ModelRef
    from ._ai import ModelRequest as ModelRequest
    from ._ai import ModelResponse as ModelResponse
    from ._ai import ModelResponseChunk as ModelResponseChunk
    from ._ai import MultipartToolResponse as MultipartToolResponse
    from ._ai import Operation as Operation
    from ._ai import Part as Part
    from ._ai import PromptGenerateOptions as PromptGenerateOptions
    from ._ai import PromptOptions as PromptOptions
    from ._ai import ProviderOptions as ProviderOptions
    from ._ai import Resource as Resource
    from ._ai import ResourceInput as ResourceInput
    from ._ai import ResourceOptions as ResourceOptions
    from ._ai import ResourceOutput as ResourceOutput
    from ._ai import ResourceRef as ResourceRef
    from ._ai import Role as Role
    from ._ai import Tool as Tool
    from ._ai import ToolChoice as ToolChoice
    from ._ai import ToolDefinition as ToolDefinition
    from ._ai import ToolOptions as ToolOptions
    from ._ai import ToolRequest as ToolRequest
    from ._ai import ToolResponse as ToolResponse
    from ._ai import ToolRunContext as ToolRunContext
    from ._ai import model_ref as model_ref
    from ._ai import new_resource as resource
    from ._ai import new_tool as tool
    from ._ai import respond_to_interrupt as respond_to_interrupt
    from ._ai import restart_tool as restart_tool
    from ._ai import tool_response as response
else:
    # What belongs to models is loaded when the first of it is asked for: a program of flows starts without it.
    _RENAMED = {
        "ModelUsage": "GenerationUsage",
        "resource": "new_resource",
        "response": "tool_response",
        "tool": "new_tool",
    }

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(_import("._ai", __name__), _RENAMED.get(name, name))
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "Action",
    "ActionOptions",
    "ActionResponse",
    "ActionRunContext",
    "ActionStream",
    "Attempt",
    "Cause",
    "DeadlineExceeded",
    "DefaultedAction",
    "Document",
    "DynamicActionProvider",
    "ExecutablePrompt",
    "FinishReason",
    "Flow",
    "GenerateOptions",
    "GeneratedChunk",
    "GenerationUsage",
    "Genkit",
    "GenkitError",
    "HelperOptions",
    "Interrupt",
    "InterruptOptions",
    "LiveRun",
    "Media",
    "Message",
    "ModelRef",
    "ModelRequest",
    "ModelResponse",
    "ModelResponseChunk",
    "ModelUsage",
    "MultipartToolResponse",
    "Operation",
    "Part",
    "PromptGenerateOptions",
    "PromptOptions",
    "ProviderOptions",
    "PublicError",
    "RemoteAction",
    "RemoteOptions",
    "Resource",
    "ResourceInput",
    "ResourceOptions",
    "ResourceOutput",
    "ResourceRef",
    "Retry",
    "Role",
    "RunContext",
    "Runtime",
    "SpawnedRun",
    "State",
    "Status",
    "SubmittedRun",
    "Tool",
    "ToolChoice",
    "ToolDefinition",
    "ToolOptions",
    "ToolRequest",
    "ToolResponse",
    "ToolRunContext",
    "current_attempt",
    "current_context",
    "model_ref",
    "open_runtime",
    "resource",
    "respond_to_interrupt",
    "response",
    "restart_tool",
    "run_all",
    "run_any",
    "run_step",
    "status_of",
    "tool",
    "work",
]
