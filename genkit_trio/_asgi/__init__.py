"""The ASGI applications: they answer requests with runs."""

from .flow_replies import ReplyOptions as ReplyOptions
from .flows import FlowApp as FlowApp
from .limits import RequestLimits as RequestLimits
from .origin import is_loopback as is_loopback
from .reflection import ReflectionApp as ReflectionApp
from .reflection import ReflectionIdentity as ReflectionIdentity

__all__ = ["FlowApp", "ReflectionApp", "ReflectionIdentity", "ReplyOptions", "RequestLimits", "is_loopback"]
