"""What others may implement."""

from ._core import Plugin as Plugin
from ._runtime import Service as Service

__all__ = ["Plugin", "Service"]
