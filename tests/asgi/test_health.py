"""``/-/live`` and ``/-/ready``, and that no flow is in their way."""

import pytest

from genkit_trio import Genkit
from genkit_trio._core import current_roots
from genkit_trio.asgi import flow_app
from genkit_trio.testing import post


@pytest.mark.parametrize(("path", "word"), [("/-/live", "live"), ("/-/ready", "ready")])
async def test_a_process_that_serves_is_live_and_ready(path, word):
    answer = await post(flow_app(Genkit()), path, method="GET", parts=[b""])
    assert (answer.status, answer.json) == (200, {"status": word})


async def test_a_process_that_drains_is_live_and_not_ready():
    """C27: readiness turns 503."""
    app = flow_app(Genkit())
    current_roots().draining = True
    try:
        statuses = [(await post(app, path, method="GET", parts=[b""])).status for path in ("/-/live", "/-/ready")]
    finally:
        current_roots().draining = False
    assert statuses == [200, 503]


async def test_health_is_asked_with_get():
    answer = await post(flow_app(Genkit()), "/-/live")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_health_is_where_the_application_is_mounted():
    answer = await post(flow_app(Genkit()), "/api/-/ready", method="GET", parts=[b""], scope={"root_path": "/api"})
    assert answer.status == 200
