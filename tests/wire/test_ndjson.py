"""Lines of streaming runAction replies."""

from genkit_trio._wire import chunk_line, dumps, final_object


def test_chunks_end_in_a_newline_and_the_final_object_does_not():
    """C24: NDJSON with no newline after the final object."""
    assert chunk_line(dumps({"n": 0})) == b'{"n":0}\n'
    assert final_object(dumps({"result": "ok"})) == b'{"result":"ok"}'
