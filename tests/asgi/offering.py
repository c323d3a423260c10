"""Requests in memory to a server that offers what ours does, in the virtual time of the test."""

from functools import partial

import trio

from genkit_trio._wire import DIRECT, ON_DISCONNECT, RECEIVE_NOWAIT, SERVE_IN
from genkit_trio.testing import AppRequest


class OfferingRequest(AppRequest):
    """A request to a server that hands over what it has, and calls the application back when the client goes."""

    def __init__(self, path, data=None, /, **options):
        super().__init__(path, data, **options)
        self._called_back = []
        self.scope["extensions"] = {ON_DISCONNECT: self.call_back, RECEIVE_NOWAIT: self.receive_nowait}

    def disconnect(self):
        super().disconnect()
        for listener in self._called_back:
            listener()

    def call_back(self, listener):
        """Be `ON_DISCONNECT`."""
        self._called_back.append(listener)
        if self.is_gone:
            listener()

    def receive_nowait(self):
        """Be `RECEIVE_NOWAIT`."""
        if not self._parts or isinstance(self._parts[0], trio.Event):
            return None
        return {"type": "http.request", "body": self._parts.pop(0), "more_body": bool(self._parts)}


class DirectRequest(OfferingRequest):
    """A request that the server lets the application answer from any task: it is a `Direct`.

    Args:
      keeps_up: whether the client takes what is sent to it at once.
      breaks: what `send_nowait` raises, as a defect of the server.
    """

    lends = False
    """Whether the server lends a cancel scope to the run of the request, if the application takes one."""

    def __init__(self, path, data=None, /, *, keeps_up=True, breaks=None, **options):
        super().__init__(path, data, **options)
        self.scope["extensions"][DIRECT] = self
        self.keeps_up = keeps_up
        self.breaks = breaks
        self.listener = None
        self._nursery = None

    async def play(self, app):
        if self.lends:
            await self._introduce(app)
        async with trio.open_nursery() as self._nursery:
            with trio.CancelScope() as lent:
                call = partial(getattr(app, SERVE_IN), lent) if self.lends else app
                await call(self.scope, self.receive, self.send)
            self._nursery.cancel_scope.cancel()
        self.check()
        return self

    async def _introduce(self, app):
        """Have the application know the path: only then it takes what is lent."""
        request = DirectRequest(self.scope["path"], parts=[b"{"])
        request.lends = False
        await request.play(app)

    def disconnect(self):
        super().disconnect()
        if self.listener is not None and not self.ended:
            self.listener.on_disconnect()

    def cut(self):
        """Close the connection to a client that reads too slowly."""
        self.disconnect = super().disconnect
        self.disconnect()
        self.listener.on_stall()

    def catch_up(self):
        """Be a client that has taken all that was sent to it, and goes on doing so."""
        self.keeps_up = True
        self.listener.on_room()

    def listen(self, listener, write_timeout):
        self.listener = listener
        return not self.is_gone

    def send_nowait(self, status, headers, body, *, more_body):
        if self.breaks is not None:
            raise self.breaks
        if status:
            self._note({"type": "http.response.start", "status": status, "headers": headers})
        self._note({"type": "http.response.body", "body": body, "more_body": more_body})
        if not more_body:
            self._is_told.set()
        return self.keeps_up

    def set_alarm(self, when):
        self._nursery.start_soon(self._call_at, when, lambda: self.listener.on_alarm())

    def call_soon(self, callback):
        self._nursery.start_soon(self._call_at, trio.current_time(), callback)

    def call_later(self, callback):
        self._nursery.start_soon(self._call_at, trio.current_time() + 0.002, callback)

    async def _call_at(self, when, callback):
        if when > trio.current_time():
            await trio.sleep_until(when)
        callback()
