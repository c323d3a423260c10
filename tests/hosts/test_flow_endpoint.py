"""The flow endpoint under uvicorn: its own tests once more, over a socket.

Left out are those that play with the clock, or send what HTTP has no words for; some of these have a likeness below.
"""

from collections.abc import Generator

import pytest

from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, STREAM_HEADERS, AppRequest, post
from tests.asgi import test_flows
from tests.asgi.test_flows import (  # noqa: F401  # found here by pytest
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
    test_another_content_type_is_415,
    test_anything_else_in_the_query_is_no_stream,
    test_odd_but_valid_json_has_one_meaning,
    test_ten_megabytes_of_open_brackets_are_400,
    test_the_init_value_reaches_the_flow,
    test_the_result_comes_as_json_with_its_length_and_trace,
)
from tests.hosts.uvicorned import LOOPS, Switch, play, uvicorned

ai, started = test_flows.ai, test_flows.started


@pytest.fixture(scope="module", params=LOOPS, ids=lambda loop: "-".join(loop))
def served(request) -> Generator[tuple[int, Switch], None, None]:
    switch = Switch()
    loop, http = request.param
    with uvicorned(switch, loop=loop, http=http) as port:
        yield port, switch


@pytest.fixture(autouse=True)
def over_a_socket(served, monkeypatch):
    """Let every request of a test go to uvicorn, which serves the application that the test gives."""
    port, switch = served

    async def play_over_a_socket(request: AppRequest, app) -> AppRequest:
        switch.app = app
        return await play(port, request)

    monkeypatch.setattr(AppRequest, "play", play_over_a_socket)


@pytest.mark.parametrize("path", ["/missing", "/ECHO", "/echo/", "/", "//echo", "/flow/echo"])
@pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS])
async def test_an_unknown_flow_is_404(ai, path, headers):
    """C23: an error before the first chunk has its HTTP status, in stream mode too."""
    answer = await post(flow_app(ai), path, None, headers=headers)
    assert answer.error[:2] == (404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_another_method_is_405(ai, method, started):
    answer = await post(flow_app(ai), "/echo", 1, method=method)
    assert answer.error[:2] == (405, "UNIMPLEMENTED")
    assert answer.headers["allow"] == "POST"
    assert started == []


@pytest.mark.parametrize("headers", [JSON_HEADERS, STREAM_HEADERS])
async def test_a_deadline_that_passes_is_504(ai, headers):
    """C7: by the alarm of the host's loop."""
    answer = await post(flow_app(ai), "/forever", None, headers={**headers, "x-request-timeout": "0.05"})
    assert answer.error[:2] == (504, "DEADLINE_EXCEEDED")


async def test_the_deadline_is_that_of_the_header(ai):
    """C7: counted from the receipt."""
    answer = await post(flow_app(ai), "/remaining", headers={**JSON_HEADERS, "x-request-timeout": "100"}, parts=[b""])
    assert 99 < answer.json["result"] < 100
