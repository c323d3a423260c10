"""Safeguards of HTTP/1.1 by the fast class."""

from typing import Final

from tests.faults.mutant import Mutant

_SENDING: Final = "server/h1/test_sending.py"
_RECEIVING: Final = "server/h1/test_receiving.py"
_WAITING: Final = "server/h1/test_waiting.py"
_ENDING: Final = "server/h1/test_ending.py"
_DIRECT: Final = "server/h1/test_direct.py"
_PIPES: Final = "server/h1/test_pipelining.py"
_APPS: Final = "server/test_applications.py"
_TABLE: Final = "server/h1/test_table.py"

HTTP1: Final = (
    Mutant(
        "there is one head to an answer",
        "C22",
        "_server/h1/answer.py",
        "        if self.has_started:\n            raise ValueError",
        "        if False:\n            raise ValueError",
        ("faults/test_safeguards_server.py::test_an_answer_has_one_head",),
    ),
    Mutant(
        "there is nothing behind the end of an answer",
        "C22",
        "_server/h1/answer.py",
        "if not self.has_started or self.has_ended:",
        "if not self.has_started:",
        ("faults/test_safeguards_server.py::test_there_is_nothing_behind_the_end_of_an_answer",),
    ),
    Mutant(
        "a body is as long as it says",
        "C25",
        "_server/h1/answer.py",
        "if self._left < 0 or (self._left and not more_body):",
        "if False:",
        ("server/h1/test_sending.py::test_a_body_that_is_longer_than_said_is_cut_where_it_should_end",),
    ),
    Mutant(
        "a head is bounded",
        "C25",
        "_server/h1/codec.py",
        "if self._size >= limit + len(_EMPTY_LINE):",
        "if False:",
        ("server/h1/test_table.py::test_a_row_is_what_it_says",),
    ),
    Mutant(
        "the number of headers is bounded",
        "C25",
        "_server/h1/codec.py",
        "if len(self._headers) > self._limits.fields:",
        "if False:",
        ("server/h1/test_table.py::test_a_row_is_what_it_says",),
    ),
    Mutant(
        "what stands beside a body in chunks is bounded",
        "C25",
        "_server/h1/codec.py",
        'if self._overhead > self._limits.head and self._phase == "chunks":',
        "if False:",
        ("server/h1/test_table.py::test_a_row_is_what_it_says",),
    ),
    Mutant(
        "what was pushed is written although its pusher is cancelled",
        "C25",
        "_server/h1/outbox.py",
        "        with trio.CancelScope(shield=True):\n            try:",
        "        with trio.CancelScope():\n            try:",
        ("server/h1/test_ending.py::test_the_last_word_arrives_behind_a_reader_that_was_slow",),
    ),
    Mutant(
        "a write to the socket has its time",
        "C25",
        "_server/h1/outbox.py",
        "with trio.move_on_after(self.write_timeout) as scope:",
        "with trio.move_on_after(1e9) as scope:",
        ("server/h1/test_waiting.py::test_a_reader_that_takes_a_byte_now_and_then_is_cut_off",),
    ),
    Mutant(
        "a client that reads drop by drop is cut off",
        "C25",
        "_server/h1/outbox.py",
        "if self._pieces and taken < self._limits.read_rate * spent:",
        "if False:",
        ("faults/test_safeguards_server.py::test_a_client_that_reads_less_than_the_least_rate_is_lost",),
    ),
    Mutant(
        "a sender waits while the client does not keep up",
        "C14",
        "_server/h1/outbox.py",
        "return self.size < self._limits.high_water",
        "return True",
        ("server/h1/test_sending.py::test_a_send_that_is_cancelled_while_it_waits_tears_no_frame",),
    ),
    Mutant(
        "a sender waits for its client",
        "C14",
        "_server/h1/exchange.py",
        "await self._link.outbox.wait_room()",
        "pass",
        ("server/h1/test_sending.py::test_a_send_that_is_cancelled_while_it_waits_tears_no_frame",),
    ),
    Mutant(
        "a write through TLS has its time",
        "C25",
        "_server/h1/outbox.py",
        "with trio.move_on_after(self.write_timeout):",
        "with trio.move_on_after(1e9):",
        ("server/test_tls.py::test_a_client_that_does_not_read_is_freed",),
    ),
)
