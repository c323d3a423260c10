"""The runtime: the nursery that outlives every run, its services, and how it ends."""

from .active import LiveRun as LiveRun
from .active import cancel_by_trace_id as cancel_by_trace_id
from .active import live_runs as live_runs
from .edge_run import EdgeRun as EdgeRun
from .environ import is_dev as is_dev
from .runtime import Runtime as Runtime
from .runtime import RuntimeOptions as RuntimeOptions
from .runtime import current_runtime as current_runtime
from .runtime import open_runtime as open_runtime
from .services import Service as Service
from .spawned import SpawnedRun as SpawnedRun

__all__ = [
    "EdgeRun",
    "LiveRun",
    "Runtime",
    "RuntimeOptions",
    "Service",
    "SpawnedRun",
    "cancel_by_trace_id",
    "current_runtime",
    "is_dev",
    "live_runs",
    "open_runtime",
]
