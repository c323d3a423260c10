"""What ``genkit-trio serve`` was asked for."""

from typing import Literal

import attrs


@attrs.frozen(kw_only=True)
class ServeOptions:
    """Where to listen, and how to end."""

    host: str = "127.0.0.1"
    port: int = 8000
    drain_timeout: float = 25.0
    cleanup_grace: float = 5.0
    h1: Literal["fast", "hypercorn"] | None = None
    """Which class serves HTTP/1.1; `None` for the fast one where it is installed."""
    fd: int | None = None
    """The socket, where a supervisor has bound it: this is one of its workers."""

    @property
    def address(self) -> str:
        """Host and port as Hypercorn binds them: an IPv6 address stands in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def bind(self) -> str:
        """What Hypercorn is told to listen on."""
        return self.address if self.fd is None else f"fd://{self.fd}"
