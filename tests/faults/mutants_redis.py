"""Safeguards of what several processes share on a Redis server."""

from typing import Final

from tests.faults.mutant import Mutant

_STORE: Final = "plugins/redis/test_stream_store.py"
_QUEUE: Final = "plugins/redis/test_work_queue.py"
_BOTH: Final = ("runtime/test_stream_store.py", _STORE)

REDIS: Final = (
    Mutant(
        "the patience with a server that is away is bounded",
        "C25",
        "plugins/redis/client.py",
        "(wait > FIRST_WAIT and trio.current_time() >= give_up)",
        "False",
        ("plugins/redis/test_stream_store.py::test_a_server_that_is_away_is_said_to_be_and_found_again",),
    ),
)
