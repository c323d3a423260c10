"""Answers that wait in the metadata of their requests."""

import pytest

from genkit_trio import PublicError
from genkit_trio._ai import Part, ToolResponse
from genkit_trio._ai.generate.pending import take_pending, with_pending

REQUEST = Part.from_tool_request("t", {"x": 1}, ref="1", metadata={"own": 1})
BARE = Part.from_tool_request("t", {"x": 1}, ref="1")


@pytest.mark.parametrize("output", [None, 0, "", "x", {"y": 2}])
@pytest.mark.parametrize("request_part", [REQUEST, BARE])
def test_an_answer_comes_out_as_it_went_in(output, request_part):
    answer = Part.from_tool_response("t", output, ref="1")
    assert take_pending(with_pending(request_part, answer)) == (
        request_part,
        Part.from_tool_response("t", output, ref="1", metadata={"source": "pending"}),
    )


def test_parts_and_metadata_come_out_too():
    response = ToolResponse(name="t", ref="1", output=1, content=[Part("a"), Part.from_media("data:,x")])
    answer = Part(tool_response=response, metadata={"size": 2})
    kept, taken = take_pending(with_pending(REQUEST, answer))
    assert kept == REQUEST
    assert taken == Part(tool_response=response, metadata={"size": 2, "source": "pending"})


@pytest.mark.parametrize("part", [Part("text"), BARE, REQUEST])
def test_where_nothing_waits_nothing_is_taken(part):
    assert take_pending(part) is None


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"pendingContent": 3}, "pendingContent of tool 't' is no list of parts: expected array, got integer"),
        ({"pendingContent": [{"text": 3}]}, "pendingContent of tool 't' is no list of parts: 0.text"),
        ({"pendingMetadata": [1]}, "pendingMetadata of tool 't' is not an object"),
    ],
)
def test_what_cannot_be_an_answer_is_refused(metadata, said):
    with pytest.raises(PublicError, match=said):
        take_pending(Part.from_tool_request("t", metadata={"pendingOutput": 1, **metadata}))
