"""Serving actions over HTTP."""

from ._app import flow_app as flow_app
from ._asgi import FlowApp as FlowApp
from ._asgi import RequestLimits as RequestLimits
from ._server import ServerLimits as ServerLimits
from ._server import serve as serve

__all__ = ["FlowApp", "RequestLimits", "ServerLimits", "flow_app", "serve"]
