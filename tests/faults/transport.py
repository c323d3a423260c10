"""HTTP in memory, for clients of httpx2: the application is called as a server calls it, and answers part by part."""

from urllib.parse import urlsplit

import httpx2
import trio

from genkit_trio.testing import AppRequest


class AppTransport(httpx2.AsyncBaseTransport):
    """Gives requests to an application.

    Args:
      app: the application.
      nursery: where it answers.
    """

    def __init__(self, app, nursery):
        self.app = app
        self.nursery = nursery
        self.exchanges = []
        self.is_lost = False

    def lose(self):
        """Break all connections, for both sides."""
        self.is_lost = True
        for exchange in self.exchanges:
            exchange.lose()

    def stop(self):
        """Cancel the server: it answers what it has begun, and takes nothing more."""
        self.is_lost = True
        for exchange in self.exchanges:
            exchange.serving.cancel()

    async def handle_async_request(self, request):
        exchange = _Exchange(
            urlsplit(str(request.url)).path, headers=dict(request.headers), parts=[await request.aread()]
        )
        self.exchanges.append(exchange)
        if self.is_lost:
            exchange.lose()
        self.nursery.start_soon(self._serve, exchange)
        try:
            await exchange.wait_for(lambda: exchange.status)
        except BaseException:
            exchange.disconnect()
            raise
        return httpx2.Response(exchange.status, headers=exchange.headers, stream=_Body(exchange))

    async def _serve(self, exchange):
        try:
            with exchange.serving:
                await self.app(exchange.scope, exchange.receive, exchange.send)
        finally:
            # A server closes the connection of a request that it leaves without an answer.
            if not exchange.ended:
                exchange.lose()


class _Exchange(AppRequest):
    """One request, and who waits for what comes of it."""

    def __init__(self, path, **options):
        super().__init__(path, **options)
        self.serving = trio.CancelScope()
        self._news = trio.Event()
        self._is_lost = False

    def lose(self):
        self.disconnect()
        self._is_lost = True
        self._announce()

    async def send(self, message):
        self._announce()
        await super().send(message)

    async def wait_for(self, condition):
        """Wait until *condition* holds, unless the connection is lost."""
        await trio.lowlevel.checkpoint()
        while not condition():
            if self._is_lost:
                raise httpx2.RemoteProtocolError("the server has gone")
            await self._news.wait()
            await trio.lowlevel.checkpoint()

    def _announce(self):
        self._news.set()
        self._news = trio.Event()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, exchange):
        self.exchange = exchange

    async def __aiter__(self):
        taken = 0
        while not self.exchange.ended or taken < len(self.exchange.bodies):
            await self.exchange.wait_for(lambda taken=taken: len(self.exchange.bodies) > taken)
            yield self.exchange.bodies[taken]
            taken += 1

    async def aclose(self):
        self.exchange.disconnect()
