"""The soak, for a few seconds."""

import os
import subprocess
import sys

import pytest

from tests.redis_server import needs_redis
from tests.source import ROOT

pytestmark = [needs_redis, pytest.mark.extra, pytest.mark.slow]


@pytest.mark.parametrize("h1", ["fast", "hypercorn"])
def test_a_short_soak_leaves_everything_as_it_was(h1):
    """C1, C5, C21, C22: whatever a mixed load begins has ended, and nothing is left of it."""
    command = [sys.executable, "-m", "tests.faults.soak", "--seconds", "10", "--seed", "1", "--h1", h1]
    soak = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert soak.returncode == 0, soak.stdout + soak.stderr
    assert "as it was before" in soak.stdout
