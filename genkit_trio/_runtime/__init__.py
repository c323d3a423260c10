"""The runtime: the nursery that outlives every run, its services, and how it ends."""

from .active import LiveRun as LiveRun
from .active import cancel_by_trace_id as cancel_by_trace_id
from .active import live_runs as live_runs
from .discovery import GENKIT_VERSION as GENKIT_VERSION
from .discovery import RuntimeFile as RuntimeFile
from .discovery import announced as announced
from .discovery import find_project_root as find_project_root
from .edge_run import EdgeRun as EdgeRun
from .environ import DevEnvironment as DevEnvironment
from .environ import dev_environment as dev_environment
from .environ import is_dev as is_dev
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
from .telemetry import Telemetry as Telemetry

__all__ = [
    "GENKIT_VERSION",
    "DevEnvironment",
    "EdgeRun",
    "InvalidInput",
    "LiveRun",
    "Reflection",
    "Runtime",
    "RuntimeFile",
    "RuntimeOptions",
    "Service",
    "SpawnedRun",
    "Telemetry",
    "announced",
    "cancel_by_trace_id",
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
]
