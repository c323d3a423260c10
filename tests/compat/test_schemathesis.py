"""Schemathesis against ``/openapi.json``: what the document says of the flows is what the server does."""

import subprocess
import sys

import trio

from genkit_trio.asgi import flow_app
from tests.cli.process import ENVIRONMENT
from tests.compat.described import ai
from tests.server.serving import serving

CHECKS = (
    "allow_header_conformance",
    "content_type_conformance",
    "missing_required_header",
    "negative_data_rejection",
    "not_a_server_error",
    "positive_data_acceptance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
OPTIONS = (
    f"--checks={','.join(CHECKS)}",
    "--phases=examples,coverage,fuzzing",
    "--mode=all",
    "--generation-deterministic",
    "--max-examples=20",
    "--no-color",
    "--no-shrink",
)
CONFIG = """\
hooks = "tests.compat.documented"

[checks.not_a_server_error]
# 504: a request may give itself no time.
expected-statuses = ["2xx", "3xx", "4xx", "504"]
"""


async def test_the_server_does_what_its_document_says(tmp_path):
    """C25: what is malformed gets a 4xx JSON error, and no input a 5xx."""
    async with serving(flow_app(ai), limits=None) as server:
        url = f"http://127.0.0.1:{server.port}/openapi.json"
        # Where it begins it reads its configuration, and leaves what it has learned.
        (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
        command = [sys.executable, "-m", "schemathesis.cli", "run", url, *OPTIONS]
        with trio.fail_after(120):
            done = await trio.run_process(
                command, cwd=tmp_path, env=ENVIRONMENT, capture_stdout=True, stderr=subprocess.STDOUT, check=False
            )
    assert done.returncode == 0, done.stdout.decode()
