"""Safeguards of connections of HTTP/1.1 by the fast class: by when something must have come, and how they end."""

from typing import Final

from tests.faults.mutant import Mutant

_FILE: Final = "_server/h1/connection.py"
_WAITING: Final = "server/h1/test_waiting.py"
_ENDING: Final = "server/h1/test_ending.py"
_RECEIVING: Final = "server/h1/test_receiving.py"
_PIPES: Final = "server/h1/test_pipelining.py"
_SLOW: Final = "server/test_slow_clients.py"
_STEPS: Final = "server/h1/test_every_step.py"

HTTP1_ENDS: Final = (
    Mutant(
        "the last word goes out although the connection is cancelled",
        "C22",
        _FILE,
        "with trio.move_on_after(self._transport.limits.linger, shield=True):",
        "with trio.move_on_after(self._transport.limits.linger):",
        ("server/h1/test_ending.py::test_a_server_that_is_cancelled_does_not_wait_for_a_reader_that_never_reads",),
    ),
    Mutant(
        "the last word has its time",
        "C28",
        _FILE,
        "with trio.move_on_after(self._transport.limits.linger, shield=True):",
        "with trio.CancelScope(shield=True):",
        ("server/h1/test_ending.py::test_a_server_that_is_cancelled_does_not_wait_for_a_reader_that_never_reads",),
    ),
    Mutant(
        "a body has its time",
        "C25",
        _FILE,
        "if exchange.received < self._body_goal:",
        "if False:",
        ("server/h1/test_waiting.py::test_a_body_that_does_not_come_is_answered_408",),
    ),
    Mutant(
        "a body that comes letter by letter has no more time",
        "C25",
        _FILE,
        "self._body_goal = exchange.received + int(self.limits.read_rate * timeout)",
        "self._body_goal = exchange.received + 1",
        ("server/h1/test_waiting.py::test_a_body_that_comes_letter_by_letter_gets_no_more_time",),
    ),
    Mutant(
        "what comes ahead of its turn is bounded",
        "C25",
        _FILE,
        "return self._parser.ahead_size > ahead or (",
        "return (",
        ("faults/test_safeguards_server.py::test_requests_behind_the_one_that_is_answered_are_not_read_without_end",),
    ),
    Mutant(
        "what comes of a body that nobody takes is bounded",
        "C14",
        _FILE,
        " or (self._exchange is not None and self._exchange.unread > ahead)",
        "",
        ("server/h1/test_receiving.py::test_a_body_that_nobody_asks_for_is_not_read_without_end",),
    ),
    Mutant(
        "no request is begun when the server ends",
        "C27",
        _FILE,
        " or exchange.is_gone or self.is_ending():",
        " or exchange.is_gone:",
        ("server/h1/test_ending.py::test_a_pipelined_request_is_not_begun_during_the_drain",),
    ),
    Mutant(
        "a request learns of the end of the server",
        "C27",
        _FILE,
        "self._exchange.stop()",
        "pass",
        ("server/h1/test_direct.py::test_a_disconnect_an_alarm_and_the_end_of_the_server_are_told",),
    ),
    Mutant(
        "a head has its time from its first byte on",
        "C25",
        _FILE,
        "self._transport.deadline = trio.current_time() + self._transport.limits.header_timeout",
        "pass",
        ("server/test_slow_clients.py::test_the_next_head_has_the_header_timeout_from_its_first_byte_on",),
    ),
    Mutant(
        "a connection that waits for requests has its time",
        "C25",
        _FILE,
        "self._transport.deadline = trio.current_time() + self._parts.config.keep_alive_timeout",
        "pass",
        (
            "server/test_slow_clients.py::test_a_connection_that_waits_between_requests_is_closed_after_the_keep_alive_timeout",
        ),
    ),
)
