"""Serving actions over HTTP."""

from ._app import flow_app as flow_app
from ._asgi import ContextProvider as ContextProvider
from ._asgi import FlowApp as FlowApp
from ._asgi import RequestData as RequestData
from ._asgi import RequestLimits as RequestLimits
from ._asgi import api_key as api_key
from ._runtime import MemoryStreamStore as MemoryStreamStore
from ._server import ServerLimits as ServerLimits
from ._server import serve as serve

__all__ = [
    "ContextProvider",
    "FlowApp",
    "MemoryStreamStore",
    "RequestData",
    "RequestLimits",
    "ServerLimits",
    "api_key",
    "flow_app",
    "serve",
]
