"""Without the extra there is no codec to test; what is served then is tested by the other class."""

from importlib.util import find_spec

NEED_THE_CODEC = [
    "test_differential.py",
    "test_every_step.py",
    "test_lent_scope.py",
    "test_reader.py",
    "test_table.py",
]
collect_ignore = [] if find_spec("httptools") else NEED_THE_CODEC
