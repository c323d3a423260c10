"""Actions, runs, streams and the registry: what everything above is made of."""

from .action import Action as Action
from .action import ActionResponse as ActionResponse
from .action import DefaultedAction as DefaultedAction
from .advice import advise as advise
from .advice import forget_advice as forget_advice
from .body import Around as Around
from .body import Body as Body
from .channel import ChunkChannel as ChunkChannel
from .combine import run_all as run_all
from .combine import run_any as run_any
from .context import RunContext as RunContext
from .decorator import ActionDecorator as ActionDecorator
from .errors import DeadlineExceeded as DeadlineExceeded
from .errors import failure_of as failure_of
from .errors import holds_cancelled as holds_cancelled
from .errors import only_cancelled as only_cancelled
from .errors import status_of as status_of
from .nursery import open_nursery as open_nursery
from .nursery import sole_member as sole_member
from .options import ActionOptions as ActionOptions
from .plugin import ActionSource as ActionSource
from .plugin import AnyAction as AnyAction
from .plugin import Plugin as Plugin
from .registry import Registry as Registry
from .retry import Retry as Retry
from .run import Context as Context
from .run import Roots as Roots
from .run import Run as Run
from .run import current_context as current_context
from .run import current_roots as current_roots
from .run import current_run as current_run
from .scope import RunScope as RunScope
from .scope import error_of_cause as error_of_cause
from .scope import leave_branch as leave_branch
from .signature import Signature as Signature
from .signature import Style as Style
from .signature import description_of as description_of
from .signature import name_of as name_of
from .signature import read_signature as read_signature
from .signature import takes_context as takes_context
from .step import run_in_span as run_in_span
from .step import run_step as run_step
from .stream import ActionStream as ActionStream
from .workers import current_thread_limiter as current_thread_limiter

__all__ = [
    "Action",
    "ActionDecorator",
    "ActionOptions",
    "ActionResponse",
    "ActionSource",
    "ActionStream",
    "AnyAction",
    "Around",
    "Body",
    "ChunkChannel",
    "Context",
    "DeadlineExceeded",
    "DefaultedAction",
    "Plugin",
    "Registry",
    "Retry",
    "Roots",
    "Run",
    "RunContext",
    "RunScope",
    "Signature",
    "Style",
    "advise",
    "current_context",
    "current_roots",
    "current_run",
    "current_thread_limiter",
    "description_of",
    "error_of_cause",
    "failure_of",
    "forget_advice",
    "holds_cancelled",
    "leave_branch",
    "name_of",
    "only_cancelled",
    "open_nursery",
    "read_signature",
    "run_all",
    "run_any",
    "run_in_span",
    "run_step",
    "sole_member",
    "status_of",
    "takes_context",
]
