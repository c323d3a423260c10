"""Log lines in the form of OpenTelemetry."""

import logging
import sys

import pytest

from genkit_trio._tracing import Span, current_span
from genkit_trio._tracing.logs import MAX_RECORDS, LogOutbox, handling, log_document, log_record
from tests.tracing.telemetry_server import check_logs


def _record(level: int = logging.INFO, message: str = "hello", *args: object, name: str = "shop") -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, message, args, None)


def _outbox(capacity: int = 10) -> tuple[LogOutbox, list[int]]:
    woken: list[int] = []
    return LogOutbox(capacity, lambda: woken.append(1)), woken


def test_a_line_has_its_time_its_text_and_its_logger():
    record = _record(logging.INFO, "hello %s", "Ada")
    written = log_record(record, None)
    check_logs(log_document([written]))
    assert int(written["timeUnixNano"]) == pytest.approx(record.created * 1e9, rel=1e-12)
    assert written["body"] == {"stringValue": "hello Ada"}
    assert written["attributes"] == [{"key": "logger.name", "value": {"stringValue": "shop"}}]


def test_a_line_names_the_span_in_which_it_was_logged():
    span = Span("work", "util", "", None)
    written = log_record(_record(), span)
    check_logs(log_document([written]))
    assert (written["traceId"], written["spanId"]) == (span.trace_id, span.span_id)


def test_a_line_outside_any_span_has_no_ids():
    assert {"traceId", "spanId"}.isdisjoint(log_record(_record(), None))


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (1, (1, "TRACE")),
        (logging.DEBUG, (5, "DEBUG")),
        (logging.INFO, (9, "INFO")),
        (logging.INFO + 5, (9, "INFO")),
        (logging.WARNING, (13, "WARN")),
        (logging.ERROR, (17, "ERROR")),
        (logging.CRITICAL, (21, "FATAL")),
    ],
)
def test_levels_have_the_numbers_of_opentelemetry(level, severity):
    written = log_record(_record(level), None)
    assert (written["severityNumber"], written["severityText"]) == severity


def test_an_exception_is_part_of_its_line():
    record = _record(logging.ERROR, "it failed")
    try:
        raise ValueError("bad n")
    except ValueError:
        record.exc_info = sys.exc_info()
    written = log_record(record, None)
    check_logs(log_document([written]))
    values = {entry["key"]: entry["value"]["stringValue"] for entry in written["attributes"]}
    assert values["exception.type"] == "ValueError"
    assert values["exception.message"] == "bad n"
    assert values["exception.stacktrace"].startswith("Traceback")


def test_the_outbox_takes_lines_of_the_current_span_and_wakes_the_sender():
    outbox, woken = _outbox()
    span = Span("work", "util", "", None)
    token = current_span.set(span)
    outbox.handle(_record())
    current_span.reset(token)
    [written] = outbox.take()
    assert written["spanId"] == span.span_id
    assert woken == [1]


@pytest.mark.parametrize("name", ["httpx2", "httpcore2.connection", "genkit_trio.telemetry"])
def test_lines_about_sending_are_not_sent(name):
    outbox, woken = _outbox()
    outbox.handle(_record(name=name))
    assert (len(outbox), woken) == (0, [])


def test_lines_for_which_there_is_no_room_are_dropped_and_counted():
    outbox, _ = _outbox(2)
    for number in range(5):
        outbox.handle(_record(logging.INFO, str(number)))
    assert outbox.dropped == 3
    assert [line["body"]["stringValue"] for line in outbox.take()] == ["0", "1"]


def test_a_document_has_a_limited_number_of_lines():
    outbox, _ = _outbox(1000)
    for _ in range(MAX_RECORDS + 1):
        outbox.handle(_record())
    assert [len(outbox.take()), len(outbox.take())] == [MAX_RECORDS, 1]


def test_lines_that_are_given_back_keep_their_order():
    outbox, _ = _outbox()
    for text in "abc":
        outbox.handle(_record(logging.INFO, text))
    batch = outbox.take()
    outbox.handle(_record(logging.INFO, "d"))
    outbox.give_back(batch)
    assert "".join(line["body"]["stringValue"] for line in outbox.take()) == "abcd"


def test_a_wrong_format_is_reported_as_logging_does(capsys):
    outbox, _ = _outbox()
    outbox.handle(_record(logging.INFO, "%d", "x"))
    assert len(outbox) == 0
    assert "Logging error" in capsys.readouterr().err


def test_a_handler_is_installed_for_the_length_of_the_block():
    outbox, _ = _outbox()
    with handling(outbox):
        logging.getLogger("shop").warning("inside")
    logging.getLogger("shop").warning("outside")
    assert [line["body"]["stringValue"] for line in outbox.take()] == ["inside"]
