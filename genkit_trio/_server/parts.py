"""What the connections of a worker share, and what is known of each."""

from typing import TYPE_CHECKING, Any, Protocol

import attrs
from hypercorn.config import Config
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState

from .arrivals import Arrivals
from .limits import ServerLimits
from .pulse import Pulse
from .watch import Watch

if TYPE_CHECKING:
    from .connection import Connection
    from .transport import Transport


@attrs.frozen
class Parts:
    """What all connections of a worker share."""

    app: Any  # Any: Hypercorn's wrapper around the application
    asgi: Any  # Any: the application; Hypercorn's annotations spell out every message as a class
    config: Config
    context: WorkerContext
    state: ConnectionState
    limits: ServerLimits
    fast: "FastClass | None"
    """The class for plain HTTP/1.1; without one, Hypercorn's serves that too."""
    arrivals: Arrivals | None = None
    """Tells that class of what arrives; without it, each of its connections has a task that waits."""
    watch: Watch = attrs.field(factory=Watch)
    pulse: Pulse = attrs.field(factory=Pulse)
    connections: "set[Connection]" = attrs.field(factory=set["Connection"])
    """Those that are open."""


@attrs.frozen
class Ends:
    """Whose connection it is."""

    client: Any  # Any: an address is what its family says
    server: Any  # Any: the same
    is_secure: bool
    alpn_protocol: str


class FastDriver(Protocol):
    """A driver that serves plain HTTP/1.1."""

    @property
    def is_idle(self) -> bool:
        """Whether no request is in flight."""
        ...

    async def run(self) -> bytes | None:
        """Serve the connection; return the bytes that are for another protocol, `None` when it has ended."""

    async def lose(self) -> None:
        """Tell the request that its client has gone."""


class FastClass(Protocol):
    """What makes one of them."""

    def __call__(self, parts: Parts, transport: "Transport", ends: Ends, /) -> FastDriver:
        """Return a driver for one connection."""
        ...
