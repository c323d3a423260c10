"""The tests that reach out of this process say so."""

import pytest

SUITE = """
    import socket
    import pytest

    def bind():
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))

    def test_silent():
        bind()

    @pytest.mark.io
    def test_marked():
        bind()

    def test_inside():
        pass
"""


@pytest.mark.io
def test_a_test_that_reaches_out_and_does_not_say_so_fails(pytester):
    pytester.makeini("[pytest]\nmarkers = io")
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess("-p", "tests.outside")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["ERROR *::test_silent*", "*1 error*"])
    assert "this test reaches out by ['socket.bind']; mark it with pytest.mark.io" in result.stdout.str()
