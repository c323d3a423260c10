"""Frames of streaming flows."""

from genkit_trio._wire import Failure, Status, dumps, error_frame, error_payload, message_frame, result_frame


def test_frames_are_those_that_clients_cut_six_characters_off():
    """C24: frames are ``data: {json}`` and a blank line."""
    assert message_frame(dumps({"count": 0})) == b'data: {"message":{"count":0}}\n\n'
    assert message_frame(dumps(None)) == b'data: {"message":null}\n\n'
    assert result_frame(dumps("done")) == b'data: {"result":"done"}\n\n'


def test_the_error_frame_has_two_spellings():
    """C24: the error is data, or the legacy field for old clients."""
    payload = error_payload(Failure(Status.NOT_FOUND, "nf"))
    assert error_frame(payload) == b'data: {"error":{"status":"NOT_FOUND","message":"nf"}}\n\n'
    assert error_frame(payload, legacy=True) == b'error: {"error":{"status":"NOT_FOUND","message":"nf"}}\n\n'


def test_a_payload_of_any_text_stays_on_one_line():
    """C24: JSON is ASCII only, so no line separator can end a frame early."""
    frame = message_frame(dumps("a\nb\r\u2028é"))
    assert frame.isascii()
    assert frame.count(b"\n") == 2
    assert frame.endswith(b"\n\n")
