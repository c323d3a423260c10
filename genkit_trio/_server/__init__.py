"""Serving an ASGI application on Hypercorn's trio worker."""

from .limits import ServerLimits as ServerLimits
from .processes import Supervision as Supervision
from .processes import supervise as supervise
from .reflection import ReflectionServer as ReflectionServer
from .serve import default_config as default_config
from .serve import serve as serve

__all__ = ["ReflectionServer", "ServerLimits", "Supervision", "default_config", "serve", "supervise"]
