"""What others may implement."""

from ._core import Plugin as Plugin
from ._runtime import QueuedRun as QueuedRun
from ._runtime import Service as Service
from ._runtime import StreamFollower as StreamFollower
from ._runtime import StreamFrame as StreamFrame
from ._runtime import StreamStore as StreamStore
from ._runtime import StreamWriter as StreamWriter
from ._runtime import TakenRun as TakenRun
from ._runtime import WorkQueue as WorkQueue

__all__ = [
    "Plugin",
    "QueuedRun",
    "Service",
    "StreamFollower",
    "StreamFrame",
    "StreamStore",
    "StreamWriter",
    "TakenRun",
    "WorkQueue",
]
