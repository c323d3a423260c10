"""The protocol of one connection: HTTP/1.1 until the client asks for HTTP/2."""

# Hypercorn's own annotations are incomplete.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

from typing import Any, Final

from hypercorn.events import RawData, Updated
from hypercorn.protocol import ProtocolWrapper
from hypercorn.protocol.h11 import H2CProtocolRequiredError, H2ProtocolAssumedError

from .h2 import BoundedH2
from .h11 import Reader, StrictH11


class Protocol(ProtocolWrapper):
    """Hypercorn's ProtocolWrapper, with the mended protocols.

    Args:
      args: those of ProtocolWrapper.
      read_ahead: see `StrictH11`.
      write_timeout: seconds that a client of HTTP/2 may leave a stream without room.
    """

    def __init__(self, *args: Any, read_ahead: Reader, write_timeout: float) -> None:
        super().__init__(*args)
        self._write_timeout: Final = write_timeout
        alpn_protocol: Final = args[-1]
        self.protocol = self._h2() if alpn_protocol == "h2" else StrictH11(*self._parts(), read_ahead=read_ahead)

    @property
    def is_unread(self) -> bool:
        """Whether the client may still be sending what nobody waits for any more."""
        return not isinstance(self.protocol, StrictH11) or self.protocol.is_unread

    async def handle(self, event: Any) -> None:
        """Take bytes from the socket, or its end."""
        try:
            await self.protocol.handle(event)
        except H2ProtocolAssumedError as exc:
            self.protocol = self._h2()
            # Nothing has been asked for yet: the connection is idle, as one of HTTP/1 is before its first request.
            await self.send(Updated(idle=True))
            await self.protocol.initiate()
            data = exc.data
        except H2CProtocolRequiredError as exc:
            self.protocol = self._h2()
            await self.protocol.initiate(exc.headers, exc.settings)
            data = exc.data
        else:
            return
        if data:
            await self.protocol.handle(RawData(data=data))

    def _h2(self) -> BoundedH2:
        return BoundedH2(*self._parts(), write_timeout=self._write_timeout)

    def _parts(self) -> tuple[Any, ...]:
        return (
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.state,
            self.ssl,
            self.client,
            self.server,
            self.send,
        )
