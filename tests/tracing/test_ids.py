"""Trace and span ids."""

import random
import re
import subprocess
import sys

import pytest

from genkit_trio._tracing import new_span_id, new_trace_id
from tests.source import ROOT


def test_ids_are_hexadecimal_digits_of_their_length():
    assert all(re.fullmatch("[0-9a-f]{32}", new_trace_id()) for _ in range(100))
    assert all(re.fullmatch("[0-9a-f]{16}", new_span_id()) for _ in range(100))


def test_ids_are_distinct_also_for_a_program_that_seeds_its_dice():
    ids = set()
    for _ in range(50):
        random.seed(1)
        ids |= {new_trace_id(), new_span_id()}
    assert len(ids) == 100


@pytest.mark.io
def test_a_forked_process_draws_its_own():
    program = (
        "import os; from genkit_trio._tracing import new_trace_id; "
        "child = os.fork(); child and os.waitpid(child, 0); print(new_trace_id(), flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(set(done.stdout.split())) == 2
