"""The flow endpoint under uvicorn: its own tests once more, over a socket.

Left out are those that play with the clock, or send what uvicorn itself refuses or never passes on.
"""

from collections.abc import Generator

import pytest

from genkit_trio.testing import AppRequest
from tests.asgi.test_flows import (  # noqa: F401  # found here by pytest
    ai,
    started,
    test_a_body_may_arrive_in_parts,
    test_a_body_without_a_content_type_is_415,
    test_a_deadline_that_cannot_be_read_is_400,
    test_a_deadline_that_has_passed_is_504_and_nothing_starts,
    test_a_malformed_body_is_400,
    test_a_missing_input_is_400,
    test_a_stream_is_asked_for_by_a_header_or_by_the_query,
    test_a_stream_is_frames_of_ascii_json,
    test_an_empty_body_is_a_request_without_input,
    test_an_input_of_the_wrong_type_is_400_with_its_path,
    test_an_input_where_none_is_expected_is_400,
    test_an_unknown_flow_is_404,
    test_another_content_type_is_415,
    test_another_method_is_405_and_says_which_is_allowed,
    test_anything_else_in_the_query_is_no_stream,
    test_odd_but_valid_json_has_one_meaning,
    test_ten_megabytes_of_open_brackets_are_400,
    test_the_init_value_reaches_the_flow,
    test_the_result_comes_as_json_with_its_length_and_trace,
)
from tests.hosts.uvicorned import LOOPS, Switch, Uvicorn, play, uvicorned


@pytest.fixture(scope="module", params=LOOPS, ids=lambda loop: "-".join(loop))
def served(request) -> Generator[tuple[Uvicorn, Switch], None, None]:
    switch = Switch()
    loop, http = request.param
    with uvicorned(switch, loop=loop, http=http, lifespan="auto") as server:
        yield server, switch


NOT_IN_HTTP = {("path", ""), ("method", "HEAD"), ("method", "X" * 5000)}
"""What is tested in memory and cannot be seen here: a request without a path, and answers without a body."""


@pytest.fixture(autouse=True)
def over_a_socket(request, served, monkeypatch):
    """Let every request of a test go to uvicorn, which serves the application that the test gives."""
    server, switch = served
    values = {(name, value) for name, value in request.node.callspec.params.items() if isinstance(value, str)}
    if values & NOT_IN_HTTP:
        pytest.skip("no server passes it on")

    async def play_over_a_socket(request: AppRequest, app) -> AppRequest:
        switch.app = app
        return await play(server, request)

    monkeypatch.setattr(AppRequest, "play", play_over_a_socket)
