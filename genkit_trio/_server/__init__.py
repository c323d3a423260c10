"""Serving an ASGI application on Hypercorn's trio worker."""

from .serve import serve as serve

__all__ = ["serve"]
