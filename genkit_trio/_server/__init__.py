"""Serving an ASGI application on Hypercorn's trio worker."""

from .limits import ServerLimits as ServerLimits
from .serve import default_config as default_config
from .serve import serve as serve

__all__ = ["ServerLimits", "default_config", "serve"]
