"""The load side of ``serve``: clients on plain sockets, in this process. What they cost does not count."""

import os
import resource
import select
import socket
import ssl
import struct
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Final, Self

from benchmarks.servers import Server

TIMEOUT: Final = 20.0
"""Seconds without a byte after which a measurement is given up."""
WINDOW: Final = 50
"""Streams that are opened at once, so that no server's backlog overflows."""
SPARE: Final = 300
"""Descriptors that a process has for other things."""
RESET: Final = struct.pack("ii", 1, 0)


def connect(server: Server) -> socket.socket:
    """Return a new connection to *server*."""
    client = socket.create_connection(server.address, timeout=TIMEOUT)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if server.program.trusted is None:
        return client
    context = ssl.create_default_context(cafile=server.program.trusted)
    return context.wrap_socket(client, server_hostname="localhost")


def allowed_streams(wanted: int) -> int:
    """See to it that *wanted* streams may be open at once, here and in servers, and return how many may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + SPARE
    if hard != resource.RLIM_INFINITY:
        needed = min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return needed - SPARE


class Exchanges:
    """Keeps the same request going on some connections. Use it in a ``with`` block.

    Args:
      server: who is asked.
      request: what is sent, again and again.
      connections: how many there are.
    """

    def __init__(self, server: Server, request: bytes, connections: int) -> None:
        self._request: Final = request
        self._stack: Final = ExitStack()
        self._poll: Final = select.epoll()
        self._clients: Final = {
            client.fileno(): client
            for client in (self._stack.enter_context(connect(server)) for _ in range(connections))
        }
        for client in self._clients.values():
            self._poll.register(client, select.EPOLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._poll.close()
        self._stack.close()

    def run(self, count: int) -> list[bytes]:
        """Send the request *count* times, each connection again when it has its answer, and return the last answers.

        Raises:
          RuntimeError: if an answer is not a success, or does not come.
        """
        received = dict.fromkeys(self._clients, b"")
        waiting = 0
        for client in self._clients.values():
            if waiting < count:
                client.sendall(self._request)
                waiting += 1
        left, last = count - waiting, dict.fromkeys(self._clients, b"")
        while waiting:
            ready = self._poll.poll(TIMEOUT)
            if not ready:
                raise RuntimeError(f"a server did not answer {self._request!r}")
            for number, _ in ready:
                client = self._clients[number]
                received[number] += _part(client)
                if not is_complete(received[number]):
                    continue
                last[number], received[number] = received[number], b""
                if left:
                    client.sendall(self._request)
                    left -= 1
                else:
                    waiting -= 1
        return list(last.values())


def is_complete(answer: bytes) -> bool:
    """Whether *answer* is a whole one.

    Raises:
      RuntimeError: if it is not a success.
    """
    if answer.endswith(b"\r\n0\r\n\r\n"):
        return True
    head, separator, body = answer.partition(b"\r\n\r\n")
    if not separator:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"a server refused: {answer[:500]!r}")
    _, found, size = head.lower().partition(b"content-length: ")
    return bool(found) and len(body) >= int(size.partition(b"\r\n")[0])


@contextmanager
def open_streams(server: Server, request: bytes, count: int) -> Generator[None, None, None]:
    """Have *count* streams open, of which each has sent its first chunk. They are not read any further."""
    clients: list[socket.socket] = []
    try:
        while len(clients) < count:
            opened = [connect(server) for _ in range(min(WINDOW, count - len(clients)))]
            clients += opened
            for client in opened:
                client.sendall(request)
            for client in opened:
                _await_chunk(client)
        yield
    finally:
        for client in clients:
            # A reset, so that thousands of closed connections do not keep their ports.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()


def disconnect(server: Server, request: bytes, patience: float) -> float | None:
    """Open a stream, close it, and return how many ms later its run was cancelled; `None` if that was not noted."""
    with connect(server) as client:
        client.sendall(request)
        _await_chunk(client)
        while select.select([server.notes], [], [], 0)[0]:
            os.read(server.notes, 4096)  # of a run whose patience was over
        # A run that has just sent is often still on its way to where it waits.
        time.sleep(0.001)
        start = time.monotonic_ns()
    if not select.select([server.notes], [], [], patience)[0]:
        return None
    return (int(os.read(server.notes, 100)) - start) / 1e6


def _await_chunk(client: socket.socket) -> None:
    answer = b""
    # All servers send chunked; the first chunk is complete when bytes follow the size of it.
    while not answer.partition(b"\r\n\r\n")[2].count(b"\n") > 1:
        answer += _part(client)
    is_complete(answer)


def _part(client: socket.socket) -> bytes:
    part = client.recv(1 << 18)
    if not part:
        raise RuntimeError("a server closed a connection that was in use")
    return part
