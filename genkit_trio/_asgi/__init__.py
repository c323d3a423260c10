"""The ASGI applications: they answer requests with runs."""

from .flow_replies import ReplyOptions as ReplyOptions
from .flows import FlowApp as FlowApp
from .limits import RequestLimits as RequestLimits
from .origin import is_loopback as is_loopback
from .provider import ContextProvider as ContextProvider
from .provider import RequestData as RequestData
from .provider import api_key as api_key
from .reflection import ReflectionApp as ReflectionApp
from .reflection import ReflectionIdentity as ReflectionIdentity

__all__ = [
    "ContextProvider",
    "FlowApp",
    "ReflectionApp",
    "ReflectionIdentity",
    "ReplyOptions",
    "RequestData",
    "RequestLimits",
    "api_key",
    "is_loopback",
]
