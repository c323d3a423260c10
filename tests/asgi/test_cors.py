"""Pages of other sites read nothing, unless their origin is named."""

import pytest

from genkit_trio import Genkit
from genkit_trio.asgi import flow_app
from genkit_trio.testing import JSON_HEADERS, post

PAGE = "https://app.example"
PREFLIGHT = {"origin": PAGE, "access-control-request-method": "POST"}


def _app(*origins):
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        return f"Hello, {name}!"

    return flow_app(ai, cors_origins=origins)


@pytest.mark.parametrize("origins", [(), ("https://other.example",)])
async def test_a_page_that_is_not_named_is_told_nothing(origins):
    answer = await post(_app(*origins), "/greet", "Ada", headers={**JSON_HEADERS, "origin": PAGE})
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert (await post(_app(*origins), "/greet", method="OPTIONS", headers=PREFLIGHT)).status == 405


@pytest.mark.parametrize(("origins", "told"), [((PAGE,), PAGE), (("*",), "*"), (("http://[::1]:80", PAGE), PAGE)])
async def test_a_page_that_is_named_may_read(origins, told):
    answer = await post(_app(*origins), "/greet", "Ada", headers={**JSON_HEADERS, "origin": PAGE})
    assert answer.json == {"result": "Hello, Ada!"}
    assert answer.headers["access-control-allow-origin"] == told
    assert answer.headers["vary"] == "origin"
    assert "x-genkit-trace-id" in answer.headers["access-control-expose-headers"]


async def test_a_browser_is_told_what_the_page_may_ask():
    answer = await post(_app(PAGE), "/greet", method="OPTIONS", headers=PREFLIGHT)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-methods"] == "DELETE, POST"
    assert {"content-type", "x-genkit-stream-id"} < set(answer.headers["access-control-allow-headers"].split(", "))


async def test_errors_can_be_read_too():
    answer = await post(_app(PAGE), "/nothing", headers={**JSON_HEADERS, "origin": PAGE})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (404, PAGE)


@pytest.mark.parametrize(
    "origin", ["app.example", "https://app.example/", "https://App.example", "null", "https://*.a"]
)
def test_what_is_no_origin_is_refused(origin):
    with pytest.raises(ValueError, match=r"is no origin; write it like 'https://app\.example'"):
        _app(origin)
