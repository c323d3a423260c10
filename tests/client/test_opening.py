"""Connections while they are opened."""

import trio

from genkit_trio._client.opening import Opening, keep_alive


async def test_the_system_looks_after_a_connection_that_is_quiet():
    with trio.socket.socket() as socket:
        keep_alive(socket)
        assert socket.getsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_KEEPALIVE)
        assert socket.getsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_KEEPIDLE) == 30


async def test_a_system_that_has_no_such_options_is_left_alone(monkeypatch):
    monkeypatch.delattr(trio.socket, "TCP_KEEPIDLE")
    with trio.socket.socket() as socket:
        before = socket.getsockopt(trio.socket.IPPROTO_TCP, 4)
        keep_alive(socket)
        assert socket.getsockopt(trio.socket.IPPROTO_TCP, 4) == before


async def test_an_opening_that_fails_before_there_is_a_connection_closes_none():
    await Opening()("proxy.start_tls.failed", {})
