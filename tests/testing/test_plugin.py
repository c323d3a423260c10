"""The plugin, in test suites of its own."""

import os
import subprocess
import sys

import pytest

from genkit_trio.testing import leaks
from tests.source import ROOT

HELD: list[object] = []
"""What the suites leave behind, which this one must not."""

TASKS = """
import trio

async def test_task():
    trio.lowlevel.spawn_system_task(trio.sleep_forever)
"""
DESCRIPTORS = """
import socket, trio
from tests.testing.test_plugin import HELD

async def test_async():
    HELD.append(socket.socket())

def test_sync():
    HELD.append(socket.socket())

async def test_clean():
    with socket.socket():
        await trio.sleep(0)
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch):
    """Run a test module with the plugin and some settings."""
    monkeypatch.setattr(leaks, "_GRACE", 0.02)

    def run(module: str, *arguments: str, **settings: str) -> pytest.RunResult:
        lines = "".join(f"{name} = {value}\n" for name, value in {"trio_mode": "true", **settings}.items())
        pytester.makeini(f"[pytest]\n{lines}")
        pytester.makepyfile(module)
        return pytester.runpytest_inprocess(
            "-p", "genkit_trio.testing.plugin", "-p", "no:randomly", "-p", "no:cacheprovider", *arguments
        )

    yield run
    while HELD:
        HELD.pop().close()


def test_a_task_that_outlives_its_test_fails_it(suite):
    done = suite(TASKS)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*LeakError: left behind:", "*task: trio.sleep_forever, at *"])


@pytest.mark.parametrize(("mode", "errors"), [("all", 2), ("async", 1), ("none", 0)])
def test_a_setting_says_which_tests_are_watched(suite, mode, errors):
    suite(DESCRIPTORS, no_leaks=mode).assert_outcomes(passed=3, errors=errors)


def test_async_tests_are_watched_without_a_setting(suite):
    done = suite(DESCRIPTORS)
    done.assert_outcomes(passed=3, errors=1)
    done.stdout.fnmatch_lines(["ERROR *::test_async *"])


def test_a_setting_says_what_any_test_may_leave(suite):
    suite(DESCRIPTORS, no_leaks="all", allow_leaks="task descriptor").assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("arguments", "counts"),
    [
        ('reason="all"', {"passed": 1}),
        ('"task", reason="it is"', {"passed": 1}),
        ('"descriptor", reason="other"', {"failed": 1}),
    ],
)
def test_a_marker_says_what_a_test_may_leave(suite, arguments, counts):
    marked = TASKS.replace("async def", f"import pytest\n@pytest.mark.allow_leaks({arguments})\nasync def")
    suite(marked, "--strict-markers").assert_outcomes(**counts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [('"tsak", reason="x"', "*has 'tsak'; write one of descriptor, *"), ('"task"', "*has no reason; add reason=*")],
)
def test_a_marker_that_cannot_be_is_refused(suite, arguments, message):
    marked = TASKS.replace("async def", f"import pytest\n@pytest.mark.allow_leaks({arguments})\nasync def")
    done = suite(marked)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"no_leaks": "yes"}, "*no_leaks is 'yes' in the settings of pytest; write one of async, all, none"),
        ({"allow_leaks": "tsak"}, "*allow_leaks in the settings of pytest has 'tsak'; write one of *"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(suite, settings, message):
    suite(TASKS, **settings).stderr.fnmatch_lines([message])


def test_a_test_that_fails_is_told_of_that_alone(suite):
    done = suite(
        """
        import socket
        from tests.testing.test_plugin import HELD

        async def test_both():
            HELD.append(socket.socket())
            raise ValueError("mine")
        """
    )
    done.assert_outcomes(failed=1)
    assert "LeakError" not in done.stdout.str()


def test_what_fixtures_of_several_tests_hold_is_no_leak(suite):
    suite(
        """
        import socket, pytest

        @pytest.fixture(scope="module")
        def shared():
            with socket.socket() as held:
                yield held

        @pytest.fixture
        def asked_for_late(request):
            return request.getfixturevalue("shared")

        async def test_one(asked_for_late): pass
        async def test_two(shared): pass
        """
    ).assert_outcomes(passed=2)


def test_what_a_fixture_of_the_test_leaves_is_a_leak(suite):
    suite(
        """
        import socket, pytest
        from tests.testing.test_plugin import HELD

        @pytest.fixture
        async def careless():
            HELD.append(socket.socket())
            yield

        async def test_one(careless): pass
        """
    ).assert_outcomes(passed=1, errors=1)


def test_tests_of_hypothesis_are_watched(suite):
    done = suite(
        """
        import pytest, trio
        from hypothesis import Phase, given, settings, strategies as st

        @pytest.mark.parametrize("leaks", [False, True])
        @given(number=st.integers())
        @settings(max_examples=3, phases=[Phase.generate])
        async def test_any(leaks, number):
            if leaks:
                trio.lowlevel.spawn_system_task(trio.sleep_forever)
        """
    )
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["*LeakError: left behind:"])


def test_tests_that_run_elsewhere_than_in_trio_are_left_alone(suite):
    suite(
        """
        import pytest

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_on_asyncio(): pass
        """,
        trio_mode="false",
    ).assert_outcomes(passed=1)


def test_the_fixtures_are_there(suite):
    suite(
        """
        import trio
        from genkit_trio import Genkit

        async def test_spans(recorded_spans, virtual_clock):
            ai = Genkit()

            @ai.flow
            async def slow() -> None:
                await trio.sleep(1000)

            await slow()
            assert recorded_spans.tree() == "slow succeeded\\n"

        async def test_lost(recorded_spans):
            from genkit_trio.lowlevel import Span
            recorded_spans.started(Span("lost", "util", "", None))
        """
    ).assert_outcomes(passed=1, failed=1)


@pytest.mark.io
def test_the_kit_does_without_pytest():
    program = "import sys; sys.modules['pytest'] = None; import genkit_trio.testing"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.io
def test_the_plugin_is_found_where_the_package_is_installed(pytester: pytest.Pytester):
    """It has the same name whether it is found, or named by -p, or by a conftest: so it is never there twice."""
    info = pytester.mkdir("genkit_trio-0.dist-info")
    name = "genkit_trio.testing.plugin"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: genkit-trio\nVersion: 0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[pytest11]\n{name} = {name}\n", encoding="utf-8")
    pytester.makeini("[pytest]\ntrio_mode = true\nno_leaks = all\nfilterwarnings = error\n")
    pytester.makeconftest(f"pytest_plugins = [{name!r}]")
    pytester.makepyfile(TASKS)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(pytester.path)])}
    command = [sys.executable, "-m", "pytest", "-q", "--strict-config", "-p", name]
    done = subprocess.run(command, env=environment, cwd=pytester.path, capture_output=True, text=True, check=False)
    assert "1 failed" in done.stdout, done.stdout + done.stderr
