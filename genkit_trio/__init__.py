"""Genkit's actions, flows and streams on structured concurrency."""

from ._app import Genkit as Genkit
from ._app import open_runtime as open_runtime
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
from ._runtime import LiveRun as LiveRun
from ._runtime import Runtime as Runtime
from ._runtime import SpawnedRun as SpawnedRun
from ._tracing import Cause as Cause
from ._tracing import State as State
from ._version import __version__ as __version__
from ._wire import GenkitError as GenkitError
from ._wire import PublicError as PublicError
from ._wire import Status as Status

__all__ = [
    "Action",
    "ActionOptions",
    "ActionResponse",
    "ActionRunContext",
    "ActionStream",
    "Cause",
    "DeadlineExceeded",
    "DefaultedAction",
    "Flow",
    "Genkit",
    "GenkitError",
    "LiveRun",
    "PublicError",
    "Retry",
    "RunContext",
    "Runtime",
    "SpawnedRun",
    "State",
    "Status",
    "current_context",
    "open_runtime",
    "run_all",
    "run_any",
    "run_step",
    "status_of",
]
