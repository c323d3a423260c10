"""Safeguards of the server: listeners, connections, Hypercorn's protocols, workers."""

from typing import Final

from tests.faults.mutant import Mutant

_WORKER: Final = "server/test_worker.py"
_SLOW: Final = "server/test_slow_clients.py"
_APPS: Final = "server/test_applications.py"
_GONE: Final = "server/test_disconnects.py"

SERVER: Final = (
    Mutant(
        "connections are bounded",
        "C25",
        "_server/worker.py",
        "if len(parts.connections) < parts.limits.max_connections:",
        "if True:",
        ("server/test_worker.py::test_one_connection_too_many_is_told_to_come_back",),
    ),
    Mutant(
        "requests in flight have their time, and no more",
        "C28",
        "_server/worker.py",
        "connections.cancel_scope.deadline = trio.current_time() + config.graceful_timeout",
        "pass",
        ("server/test_worker.py::test_what_takes_longer_than_the_drain_is_cancelled_and_has_the_last_word",),
    ),
    Mutant(
        "requests that will not end lose their connections",
        "C28",
        "_server/worker.py",
        "upkeep.start_soon(_cut_after,",
        "(lambda *_: None)(_cut_after,",
        ("server/test_worker.py::test_requests_that_will_not_end_lose_their_connections_after_the_grace",),
    ),
    Mutant(
        "a connection lingers for so long",
        "C28",
        "_server/transport.py",
        "self.deadline = trio.current_time() + self.limits.linger",
        "self.deadline = math.inf",
        ("server/h1/test_receiving.py::test_a_client_that_never_stops_sending_behind_an_early_answer_is_cut_off",),
    ),
    Mutant(
        "a request that is cancelled does not cancel its write",
        "C25",
        "_server/driver.py",
        "with trio.move_on_after(transport.limits.write_timeout, shield=True):",
        "with trio.move_on_after(transport.limits.write_timeout):",
        ("server/h1/test_sending.py::test_a_send_that_is_cancelled_while_it_waits_tears_no_frame",),
    ),
    Mutant(
        "a write has its time",
        "C25",
        "_server/driver.py",
        "with trio.move_on_after(transport.limits.write_timeout, shield=True):",
        "with trio.CancelScope(shield=True):",
        ("server/test_slow_clients.py::test_a_client_that_does_not_read_is_freed_within_the_write_timeout",),
    ),
    Mutant(
        "what sends for HTTP/2 lives until the requests have ended",
        "C22",
        "_server/requests.py",
        "with trio.CancelScope(shield=True) as scope:",
        "with trio.CancelScope() as scope:",
        ("server/test_worker.py::test_what_takes_longer_than_the_drain_is_cancelled_and_has_the_last_word",),
    ),
    Mutant(
        "a handshake has its time",
        "C25",
        "_server/connection.py",
        "self._transport.deadline = trio.current_time() + self._parts.config.ssl_handshake_timeout",
        "self._transport.deadline = 1e9",
        ("server/test_tls.py::test_a_handshake_that_does_not_come_is_not_waited_for",),
    ),
    Mutant(
        "a sender of HTTP/2 waits for its client",
        "C14",
        "_server/h2.py",
        "if len(self.buffer) < BUFFER_LOW_WATER:",
        "if True:",
        ("server/test_slow_clients.py::test_an_http2_client_that_does_not_read_is_sent_100_kb_and_no_more",),
    ),
    Mutant(
        "a worker process that does not end is killed",
        "C28",
        "_server/processes.py",
        "with trio.move_on_after(self._supervision.patience):",
        "with trio.move_on_after(1e9):",
        ("server/test_processes.py::test_a_worker_that_does_not_end_is_killed_and_an_exit_code_of_1",),
    ),
)
