"""What may be declared of an action: defaults, and values that cannot work."""

import math

import pytest

from genkit_trio import ActionOptions
from genkit_trio._core.options import Options, check_options


def sync() -> None: ...
async def task() -> None: ...
def with_context(ctx) -> None: ...


def test_the_defaults():
    """C14: chunk_buffer is 16; without options there is no timeout, no limit and no retry."""
    assert check_options("/flow/x", {}) == Options(
        timeout=math.inf,
        limit=None,
        chunk_buffer=16,
        retry=None,
        run_in="thread",
        abandon_on_cancel=False,
        on_disconnect="cancel",
        metadata={},
    )


def test_the_line_is_1024_long():
    """C18: the default of max_queue."""
    assert check_options("/flow/x", {"max_concurrency": 2}).limit.max_queue == 1024


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "^/flow/x has timeout=0; it must be seconds greater than 0$"),
        ({"timeout": -1}, "timeout=-1"),
        ({"timeout": math.nan}, "timeout=nan"),
        ({"chunk_buffer": -1}, "^/flow/x has chunk_buffer=-1; it must be 0 or more$"),
        ({"max_queue": 3}, "^/flow/x has max_queue= without max_concurrency=; without places there is no line$"),
        ({"run_in": "cloud"}, "^/flow/x has run_in='cloud'; it must be one of 'thread', 'process'$"),
        ({"on_disconnect": "stay"}, "^/flow/x has on_disconnect='stay'; it must be one of 'cancel', 'detach'$"),
        (
            {"on_disconnect": "detach"},
            "^/flow/x has on_disconnect='detach', so nobody would stop it; give it a timeout= too$",
        ),
    ],
)
def test_a_value_that_cannot_work_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        check_options("/flow/x", options)


def test_a_detached_run_with_a_timeout_is_taken():
    """C21: on_disconnect="detach" needs timeout=."""
    assert check_options("/flow/x", {"on_disconnect": "detach", "timeout": 5}).on_disconnect == "detach"


def test_metadata_is_kept_as_it_was():
    given = {"type": "x"}
    options = check_options("/flow/x", ActionOptions(metadata=given))
    given["type"] = "y"
    assert options.metadata == {"type": "x"}


@pytest.mark.parametrize("options", [{"run_in": "process"}, {"abandon_on_cancel": True}])
def test_options_of_sync_functions_are_refused_for_others(ai, options):
    with pytest.raises(
        ValueError, match=r"^/flow/task is async; run_in= and abandon_on_cancel= are for sync functions"
    ):
        ai.flow(**options)(task)


def test_a_process_has_no_context_and_leaves_nothing_behind(ai):
    with pytest.raises(ValueError, match=r"^/flow/with_context has run_in='process', where there is no run context"):
        ai.flow(run_in="process")(with_context)
    with pytest.raises(ValueError, match=r"^/flow/sync has run_in='process', which is killed when cancelled"):
        ai.flow(run_in="process", abandon_on_cancel=True)(sync)
