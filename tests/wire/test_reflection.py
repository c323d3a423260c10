import json

import pytest

from genkit_trio._wire import (
    ABSENT,
    ActionKey,
    PublicError,
    RunActionRequest,
    Status,
    error_object,
    listing_of,
    parse_run_action,
    result_object,
    status_json,
)


def test_a_request_says_what_runs_with_what():
    body = {
        "key": "/model/vendor/small",
        "input": None,
        "init": {"sessionId": "s"},
        "context": {"auth": {"uid": "1"}},
        "telemetryLabels": {"batchRun": "L1"},
        "runtimeId": "123-3100",
    }
    expected = RunActionRequest(
        ActionKey("model", "vendor/small"), None, {"sessionId": "s"}, {"auth": {"uid": "1"}}, {"batchRun": "L1"}
    )
    assert parse_run_action(body) == expected


def test_only_the_key_is_required():
    assert parse_run_action({"key": "/flow/f"}) == RunActionRequest(ActionKey("flow", "f"), ABSENT, ABSENT, ABSENT, {})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (ABSENT, "body: expected object, got nothing"),
        ([], "body: expected object, got array"),
        ({}, "key: required field missing"),
        ({"key": 1}, "key: expected string, got integer"),
        ({"key": "flow"}, "action key 'flow' is malformed; write it as '/kind/name'"),
        ({"key": "/flow/f", "context": 1}, "context: expected object, got integer"),
        ({"key": "/flow/f", "telemetryLabels": []}, "telemetryLabels: expected object, got array"),
        ({"key": "/flow/f", "telemetryLabels": {"a\n": 1}}, r"telemetryLabels.'a\n': expected string, got integer"),
    ],
)
def test_a_malformed_request_is_refused_with_the_path(body, said):
    with pytest.raises(PublicError) as caught:
        parse_run_action(body)
    assert (caught.value.status, caught.value.message) == (Status.INVALID_ARGUMENT, said)


def test_the_final_object_of_a_run_has_its_trace_and_no_newline():
    assert result_object(b'"ok"', "0af7") == b'{"result":"ok","telemetry":{"traceId":"0af7"}}'


def test_a_failure_always_has_details():
    """A tool that finds none dies."""
    bare = status_json(Status.NOT_FOUND, "é")
    assert bare == b'{"code":5,"message":"\\u00e9","details":{}}'
    full = error_object(status_json(Status.INTERNAL, "kaboom", stack="Traceback\n", trace_id="0af7"))
    assert json.loads(full)["error"] == {
        "code": 13,
        "message": "kaboom",
        "details": {"stack": "Traceback\n", "traceId": "0af7"},
    }


def test_a_listing_holds_nothing_that_makes_a_tool_refuse_it():
    described = {
        "/flow/f": {"key": "/flow/f", "name": "f", "description": None, "metadata": None, "inputSchema": None},
        "/model/v/m": {"metadata": {"model": {"label": None}, "x": None, "y": [1, None, ["a", [None]]]}},
    }
    assert listing_of(described) == {
        "/flow/f": {"key": "/flow/f", "name": "f"},
        "/model/v/m": {
            "key": "/model/v/m",
            "name": "v/m",
            "metadata": {"model": {"label": None}, "y": [1, "a"]},
        },
    }
