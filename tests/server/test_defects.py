"""Hypercorn's defects: this server does not have them, and Hypercorn still does.

When one of the expected failures passes, upstream has mended it, and its mend here can go.
"""

import json
import subprocess
import sys
from functools import cache

import pytest

from tests.server.defects import DEFECTS
from tests.server.serving import serving
from tests.source import ROOT

NAMES = [defect.__name__ for defect in DEFECTS]


@pytest.mark.usefixtures("h1")
@pytest.mark.parametrize("defect", DEFECTS, ids=NAMES)
async def test_this_server_does_not_have_the_defect(defect):
    assert await defect(serving)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.xfail(strict=True, reason="a defect of Hypercorn 0.18")
def test_hypercorn_does_not_have_the_defect(name):
    assert _sound_in_hypercorn()[name]


@cache
def _sound_in_hypercorn() -> dict[str, bool]:
    command = [sys.executable, "-m", "tests.server.defects"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=50)
    return json.loads(answer.stdout)
