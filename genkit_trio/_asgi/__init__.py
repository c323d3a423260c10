"""The ASGI applications: they answer requests with runs."""

from .flow_replies import ReplyOptions as ReplyOptions
from .flows import FlowApp as FlowApp
from .limits import RequestLimits as RequestLimits

__all__ = ["FlowApp", "ReplyOptions", "RequestLimits"]
