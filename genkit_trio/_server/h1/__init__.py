"""HTTP/1.1 on llhttp: a class for plain requests, in a fifth of the time that Hypercorn's takes.

It has no features: WebSockets, HTTP/2, upgrades and tunnels are handed over, with the bytes that were read.
"""

from hypercorn.config import Config

from ..parts import Ends, FastClass, Parts
from ..transport import Transport
from .connection import H1Connection
from .limits import H1Limits as H1Limits
from .shared import shared_by

__all__ = ["H1Limits", "fast_class"]


def fast_class(config: Config) -> FastClass:
    """Return what serves the connections of a worker."""
    shared = shared_by(config)

    def connection(parts: Parts, transport: Transport, ends: Ends) -> H1Connection:
        return H1Connection(shared, parts, transport, ends)

    return connection
