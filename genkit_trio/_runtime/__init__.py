"""The runtime: the nursery that outlives every run, its services, and how it ends."""

from .active import LiveRun as LiveRun
from .active import cancel_by_trace_id as cancel_by_trace_id
from .active import live_runs as live_runs
from .attempt import Attempt as Attempt
from .attempt import current_attempt as current_attempt
from .discovery import GENKIT_VERSION as GENKIT_VERSION
from .discovery import RuntimeFile as RuntimeFile
from .discovery import announced as announced
from .discovery import find_project_root as find_project_root
from .drain import cancel_roots as cancel_roots
from .edge_run import EdgeRun as EdgeRun
from .environ import DevEnvironment as DevEnvironment
from .environ import dev_environment as dev_environment
from .environ import is_dev as is_dev
from .memory_stream_store import MemoryStreamStore as MemoryStreamStore
from .memory_work_queue import MemoryWorkQueue as MemoryWorkQueue
from .process import own_process as own_process
from .program import run_program as run_program
from .reflection import InvalidInput as InvalidInput
from .reflection import Reflection as Reflection
from .reflection import describe_failure as describe_failure
from .reflection import input_of as input_of
from .runtime import Runtime as Runtime
from .runtime import RuntimeOptions as RuntimeOptions
from .runtime import current_runtime as current_runtime
from .runtime import open_runtime as open_runtime
from .services import Service as Service
from .spawned import SpawnedRun as SpawnedRun
from .stored_run import store_run as store_run
from .stream_store import ORPHANED as ORPHANED
from .stream_store import FrameKind as FrameKind
from .stream_store import StreamFollower as StreamFollower
from .stream_store import StreamFrame as StreamFrame
from .stream_store import StreamStore as StreamStore
from .stream_store import StreamWriter as StreamWriter
from .stream_store import stream_exists as stream_exists
from .stream_store import stream_lost as stream_lost
from .stream_store import stream_not_found as stream_not_found
from .stream_store import stream_taken as stream_taken
from .submitted import SubmittedRun as SubmittedRun
from .telemetry import Telemetry as Telemetry
from .work_queue import QueuedRun as QueuedRun
from .work_queue import TakenRun as TakenRun
from .work_queue import WorkQueue as WorkQueue
from .worker import work_for as work_for

__all__ = [
    "GENKIT_VERSION",
    "ORPHANED",
    "Attempt",
    "DevEnvironment",
    "EdgeRun",
    "FrameKind",
    "InvalidInput",
    "LiveRun",
    "MemoryStreamStore",
    "MemoryWorkQueue",
    "QueuedRun",
    "Reflection",
    "Runtime",
    "RuntimeFile",
    "RuntimeOptions",
    "Service",
    "SpawnedRun",
    "StreamFollower",
    "StreamFrame",
    "StreamStore",
    "StreamWriter",
    "SubmittedRun",
    "TakenRun",
    "Telemetry",
    "WorkQueue",
    "announced",
    "cancel_by_trace_id",
    "cancel_roots",
    "current_attempt",
    "current_runtime",
    "describe_failure",
    "dev_environment",
    "find_project_root",
    "input_of",
    "is_dev",
    "live_runs",
    "open_runtime",
    "own_process",
    "run_program",
    "store_run",
    "stream_exists",
    "stream_lost",
    "stream_not_found",
    "stream_taken",
    "work_for",
]
