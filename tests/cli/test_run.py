"""``genkit-trio run``."""

import signal

import pytest

from tests.cli.process import started

pytestmark = pytest.mark.extra

SHOP = "tests.cli.shop:ai"


def test_the_output_is_a_line_of_json(invoke):
    done = invoke("run", SHOP, "price", '{"item": "tea", "number": 2}')
    assert (done.exit_code, done.stdout, done.stderr) == (0, "5.0\n", "")


def test_without_an_input_the_default_of_the_flow_is_taken(invoke):
    assert invoke("run", SHOP, "greet").stdout == '"Hello, you!"\n'


def test_a_key_names_an_action_of_any_kind(invoke):
    assert invoke("run", SHOP, "/flow/greet", '"Ada"').stdout == '"Hello, Ada!"\n'


def test_the_input_may_come_from_a_file(invoke, tmp_path):
    (tmp_path / "name.json").write_text('"Grace"')
    assert invoke("run", SHOP, "greet", f"@{tmp_path / 'name.json'}").stdout == '"Hello, Grace!"\n'


def test_the_input_may_come_from_standard_input(invoke):
    assert invoke("run", SHOP, "greet", "-", input=b'"\xc3\x89va"').stdout == '"Hello, \\u00c9va!"\n'


def test_a_file_that_cannot_be_read_is_named(invoke):
    done = invoke("run", SHOP, "greet", "@/no/such/file.json")
    assert done.exit_code == 1
    assert done.stderr == "Error: the input cannot be read from '/no/such/file.json': No such file or directory\n"


def test_chunks_are_lines_before_the_output(invoke):
    done = invoke("run", SHOP, "count", "3", "--stream")
    assert (done.exit_code, done.stdout) == (0, '0\n1\n2\n"done"\n')


def test_without_the_option_chunks_are_left_out(invoke):
    assert invoke("run", SHOP, "count", "3").stdout == '"done"\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["close"], "UNAVAILABLE: the shop is closed\n"),
        (["close", "--stream"], "UNAVAILABLE: the shop is closed\n"),
        (["burn"], "INTERNAL: ValueError: smoke\n"),
        (["price", "{"], "INVALID_ARGUMENT: the input is not JSON: not valid JSON at line 1, column 2\n"),
        (["price", '{"item": 3}'], "INVALID_ARGUMENT: item: expected string, got integer\n"),
        (["nothing"], "NOT_FOUND: action /flow/nothing not found\n"),
        (["/greet"], "INVALID_ARGUMENT: action key '/greet' is malformed; write it as '/kind/name'\n"),
    ],
)
def test_a_failure_is_its_status_and_message(invoke, arguments, message):
    done = invoke("run", SHOP, *arguments)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", message)


def test_ctrl_c_cancels_the_run_and_waits_for_its_cleanup():
    with started("run", SHOP, "wait") as process:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "cleaned up\n", "")


def test_a_second_signal_does_not_wait():
    with started("run", SHOP, "ignore") as process:
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) in [(143, "", ""), (130, "", "")]


def test_a_reader_that_goes_away_ends_the_run_without_a_traceback():
    with started("run", SHOP, "count", "1000000", "--stream") as process:
        assert process.stdout.readline() == "0\n"
        process.stdout.close()
        process.wait(timeout=30)
        assert (process.returncode, process.stderr.read()) == (1, "")
