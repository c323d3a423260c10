"""`asyncio_app`: an application that runs on trio, for servers that run on asyncio.

The trio run is a guest of the server's loop: it lives in the same thread, from the lifespan's startup to its shutdown,
and the two take turns. So a request needs no thread, and nothing that is shared needs a lock.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final, Protocol

import trio

from .._core import open_nursery
from .guest_request import GuestRequest, StartSoon, wait_whatever
from .led_lifespan import led_lifespan
from .messages import App, Receive, Scope, Send

logger = logging.getLogger("genkit_trio")


def asyncio_app(app: App) -> "GuestApp":
    """Return *app*, an ASGI application that runs on trio, as one for servers that run on asyncio.

    ``asyncio_app(flow_app(ai))`` serves flows under uvicorn, for example. Disconnects and the server's end reach the
    runs as they do under `genkit_trio.asgi.serve`.

    Args:
      app: the application.
    """
    return GuestApp(app)


class GuestApp:
    """An ASGI application for servers that run on asyncio, which executes another one on trio.

    The server must send the lifespan, or the program must open `lifespan` itself: frameworks do not pass theirs on to
    what is mounted in them. A loop has room for one guest, and so for one such application.
    """

    def __init__(self, app: App) -> None:
        self._app: Final = app
        self._guest: _Guest | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection scope.

        Raises:
          RuntimeError: outside the lifespan.
        """
        if scope["type"] == "lifespan":
            await self._answer_lifespan(scope, receive, send)
        elif self._guest is None or self._guest.ended.done():
            raise RuntimeError(
                "the trio run of this application is not open; let the server send the lifespan, or open "
                "'async with app.lifespan()' in that of the application it is mounted in"
            )
        else:
            await self._guest.serve(GuestRequest(self._app, scope, receive, send))

    @asynccontextmanager
    async def lifespan(self, host: object = None, /) -> AsyncGenerator[None, None]:
        """Open the trio run for a block of the host's.

        It is for applications in which this one is mounted: ``Starlette(lifespan=flows.lifespan, …)``. Leaving the
        block shuts the application down, and waits for it; raising or cancelling the block cancels what runs.

        Args:
          host: the application that it is mounted in, as frameworks pass it; nothing is done with it.

        Raises:
          RuntimeError: if the loop has a trio run already, or the application could not start.
        """
        async with self._opened(None):
            yield

    async def _answer_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._opened(scope.get("state")))
            except Exception as exc:
                logger.error("the trio run could not be opened", exc_info=exc)
                await send({"type": "lifespan.startup.failed", "message": str(exc)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
            try:
                await stack.aclose()
            except Exception as exc:
                await send({"type": "lifespan.shutdown.failed", "message": str(exc)})
                return
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _opened(self, state: dict[str, Any] | None) -> AsyncGenerator[None, None]:
        guest = _Guest(self._app, state)
        try:
            await guest.start()
            self._guest = guest
            yield
            guest.stop()
            await asyncio.wait([guest.ended])
        except BaseException:
            guest.cancel()
            raise
        finally:
            await wait_whatever(guest.ended)  # noqa: ASYNC102  # nothing of asyncio's outlives its guest
            self._guest = None
        guest.ended.result()


class _Guest:
    """A trio run that is a guest of the running asyncio loop.

    Args:
      app: the application that it executes.
      state: what that may put its state into.
    """

    def __init__(self, app: App, state: dict[str, Any] | None) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError as exc:
            message = "this application is for servers on asyncio; on trio, serve what asyncio_app() was given"
            raise RuntimeError(message) from exc
        if trio.lowlevel.in_trio_run():
            raise RuntimeError("this loop has a trio run already; serve all flows by one application")
        self._app: Final = app
        self._state: Final = state
        self._stopping: Final = trio.Event()
        self._cancel_scope: Final = trio.CancelScope()
        self._requests: Final[set[GuestRequest]] = set()
        self._started: Final[asyncio.Future[StartSoon]] = loop.create_future()
        self.ended: Final[asyncio.Future[None]] = loop.create_future()

    async def start(self) -> None:
        """Begin, and wait until the application has started.

        Raises:
          RuntimeError: if it could not.
        """
        loop = asyncio.get_running_loop()
        trio.lowlevel.start_guest_run(
            self._main,
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            run_sync_soon_not_threadsafe=loop.call_soon,
            done_callback=self._end,
            host_uses_signal_set_wakeup_fd=True,
        )
        either: list[asyncio.Future[Any]] = [self._started, self.ended]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.ended.done():
            self.ended.result()

    async def serve(self, request: GuestRequest) -> None:
        """Serve *request*, in the server's task for it."""
        self._requests.add(request)
        try:
            await request.serve(self._started.result())
        finally:
            self._requests.discard(request)

    def stop(self) -> None:
        """Ask the application to shut down."""
        self._stopping.set()

    def cancel(self) -> None:
        """Cancel everything."""
        # First the requests, which so know the cause, then what is around them.
        self._stop_requests()
        self._cancel_scope.cancel()

    async def _main(self) -> None:
        with self._cancel_scope:
            async with open_nursery() as nursery:
                try:
                    async with led_lifespan(self._app, self._state):
                        self._started.set_result(nursery.start_soon)
                        await self._stopping.wait()
                finally:
                    self._stop_requests()
                nursery.cancel_scope.cancel()

    def _stop_requests(self) -> None:
        for request in self._requests:
            request.stop()

    def _end(self, outcome: "_Outcome") -> None:
        try:
            outcome.unwrap()
        except Exception as exc:
            if self._started.done():
                logger.critical("the trio run has ended, and its flows with it", exc_info=exc)
            self.ended.set_exception(exc)
        except BaseException:
            # SystemExit and KeyboardInterrupt end the program, by way of the loop.
            self.ended.set_result(None)
            raise
        else:
            self.ended.set_result(None)


class _Outcome(Protocol):
    """How the trio run ended."""

    def unwrap(self) -> object:
        """Return its value, or raise its error."""
