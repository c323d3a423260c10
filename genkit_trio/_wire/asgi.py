"""The ASGI extensions that our server offers and our applications use; others may do either.

They are found in ``scope["extensions"]`` of a request, and spare an application what costs most of a short one: tasks,
cancel scopes with deadlines, and messages.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol

ON_DISCONNECT: Final = "genkit_trio.on_disconnect"
"""A function that takes a listener, and calls it when the client goes, at once if it has.

An application that uses it need not keep a task in ``receive()`` for as long as it answers.
"""
RECEIVE_NOWAIT: Final = "genkit_trio.receive_nowait"
"""A function that returns the next message if it is there, else `None`: a short body has come with its head."""
DIRECT: Final = "genkit_trio.direct"
"""A `Direct`: all that an application needs to answer without a task of its own."""

SERVE_IN: Final = "serve_in"
"""The name of an application's other way to be called: it gets a cancel scope of trio's, and then what it always gets.

The scope is the innermost of the server's task, and nothing waits in it but what the application does. It may use it
for what it does, and be back with it cancelled; then the next request gets another one.
"""


class Listener(Protocol):
    """What an application is told of a request that it answers directly. None of it may raise an exception."""

    def on_disconnect(self) -> None:
        """The client has gone."""

    def on_stall(self) -> None:
        """The client has not taken what was sent in time, and its connection was cut."""

    def on_stop(self) -> None:
        """The server ends: it cancels its requests, and waits a little for their last words."""

    def on_alarm(self) -> None:
        """The time has come that `Direct.set_alarm` was given."""

    def on_room(self) -> None:
        """The client has taken what was sent."""


class Direct(Protocol):
    """A way to answer a request from any task, and to be called back in time."""

    def listen(self, listener: Listener, write_timeout: float) -> bool:
        """Tell *listener* what happens from now on; return whether the client is still there.

        Args:
          listener: is told.
          write_timeout: seconds in which the client must have taken something; the server may allow less.
        """
        ...

    def send_nowait(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, more_body: bool) -> bool:
        """Send a part of the answer, and return whether the client keeps up; if not, `Listener.on_room` follows.

        Args:
          status: of the head, with the first part; 0 with every other.
          headers: those of the head.
          body: a part of the body.
          more_body: whether others follow.
        """
        ...

    def set_alarm(self, when: float) -> None:
        """Have `Listener.on_alarm` called at *when*, a point in time of trio's clock."""

    def call_soon(self, callback: Callable[[], None]) -> None:
        """Call *callback* once, in the next pass of the scheduler."""

    def call_later(self, callback: Callable[[], None]) -> None:
        """Call *callback* once, in at most 2 ms, together with those of other requests."""
