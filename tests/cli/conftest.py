"""Without the extra there is no command; the one test file that needs none is about that."""

from importlib.util import find_spec

import pytest

HAS_EXTRA = bool(find_spec("click") and find_spec("rich"))
collect_ignore_glob = [] if HAS_EXTRA else ["test_[!c]*.py"]

if HAS_EXTRA:
    from click.testing import CliRunner

    from genkit_trio.cli.group import group


@pytest.fixture
def invoke():
    """Run the command in this process: ``invoke("list", "shop:ai")``."""
    return lambda *arguments, **options: CliRunner().invoke(group, arguments, **options)
