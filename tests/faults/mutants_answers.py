"""Safeguards of answers that need no waiting, of stored streams that are followed, and of the developer's API."""

from typing import Final

from tests.faults.mutant import Mutant

_DIRECT: Final = "asgi/test_direct.py"
_DURABLE: Final = "asgi/test_durable.py"

ANSWERS: Final = (
    Mutant(
        "the end is told when it is decided",
        "C19",
        "_asgi/direct.py",
        "run.scope.on_cancel = self.tell_end",
        "pass",
        ("asgi/test_direct.py::test_a_cancel_by_trace_id_is_told_while_the_run_cleans_up",),
    ),
    Mutant(
        "the deadline is told whatever the run is doing",
        "C19",
        "_asgi/direct.py",
        "self._direct.set_alarm(run.deadline)",
        "pass",
        ("asgi/test_direct.py::test_the_deadline_is_told_while_the_run_cleans_up",),
    ),
    Mutant(
        "no frame is taken while the client does not keep up",
        "C14",
        "_asgi/direct.py",
        "if run is None or not self._keeps_up or self._is_gone or self._reply.is_complete:",
        "if run is None or self._is_gone or self._reply.is_complete:",
        ("asgi/test_direct.py::test_a_client_that_does_not_read_cancels_the_run",),
    ),
    Mutant(
        "a follower is told although its server is cancelled",
        "C22",
        "_asgi/following.py",
        "with trio.move_on_after(limits.cleanup_grace, shield=True):",
        "with trio.move_on_after(limits.cleanup_grace):",
        ("asgi/test_durable.py::test_a_server_that_stops_tells_its_followers",),
    ),
    Mutant(
        "each write to a follower of a server that stops has the grace as its end",
        "C28",
        "_asgi/following.py",
        "self._reply.deadline = trio.current_time() + grace",
        "pass",
        ("faults/test_safeguards_asgi.py::test_a_follower_who_does_not_read_does_not_hold_up_the_end_of_the_server",),
    ),
    Mutant(
        "a follower has its own deadline",
        "C7",
        "_asgi/following.py",
        "with trio.CancelScope(deadline=following.deadline):",
        "with trio.CancelScope():",
        ("asgi/test_durable.py::test_a_followers_own_deadline_ends_no_run",),
    ),
)
