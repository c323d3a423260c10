"""Parts: how they are made, and which kind one is."""

import pytest

from genkit_trio._ai import Media, Part, ResourceRef, ToolRequest, ToolResponse
from genkit_trio._ai.part import parts_of
from genkit_trio._wire import PublicError, codec_of

METADATA = {"source": "test"}
MADE = [
    (Part.from_text("hi"), {"text": "hi"}, "text"),
    (Part.from_text(""), {"text": ""}, "text"),
    (Part.from_media("data:,x", "text/plain"), {"media": {"url": "data:,x", "contentType": "text/plain"}}, "media"),
    (Part.from_media("https://x/y.png"), {"media": {"url": "https://x/y.png"}}, "media"),
    (Part.from_data([1, None]), {"data": [1, None]}, "data"),
    (Part.from_data(None), {"data": None}, "data"),
    (Part.from_custom({}), {"custom": {}}, "custom"),
    (Part.from_reasoning("hm"), {"reasoning": "hm"}, "reasoning"),
    (Part.from_resource("file:///x"), {"resource": {"uri": "file:///x"}}, "resource"),
    (Part.from_tool_request("t"), {"toolRequest": {"name": "t"}}, "tool_request"),
    (
        Part.from_tool_request("t", {"a": 1}, ref="1"),
        {"toolRequest": {"name": "t", "ref": "1", "input": {"a": 1}}},
        "tool_request",
    ),
    (
        Part.from_tool_response("t", [1], ref="1"),
        {"toolResponse": {"name": "t", "ref": "1", "output": [1]}},
        "tool_response",
    ),
    (Part(), {}, "data"),
    (Part(extra={"hologram": 1}), {"hologram": 1}, "unknown"),
    (Part(metadata=METADATA, extra={"hologram": 1}), {"metadata": METADATA, "hologram": 1}, "unknown"),
    (Part("a", data=1, custom={"b": 2}), {"text": "a", "data": 1, "custom": {"b": 2}}, "text"),
    (Part(data=1, custom={"b": 2}), {"data": 1, "custom": {"b": 2}}, "custom"),
    (Part(data=0), {"data": 0}, "data"),
]


@pytest.mark.parametrize(("part", "json", "kind"), MADE)
def test_a_part_has_its_kind_and_its_json(part, json, kind):
    assert part.kind == kind
    assert codec_of(Part).dump(part) == json
    assert codec_of(Part).load(json) == part


@pytest.mark.parametrize(
    "part",
    [
        Part.from_text("a", metadata=METADATA),
        Part.from_media("u", metadata=METADATA),
        Part.from_data(1, metadata=METADATA),
        Part.from_custom({}, metadata=METADATA),
        Part.from_reasoning("a", metadata=METADATA),
        Part.from_resource("u", metadata=METADATA),
        Part.from_tool_request("t", metadata=METADATA),
        Part.from_tool_response("t", metadata=METADATA),
    ],
    ids=lambda part: part.kind,
)
def test_every_kind_takes_metadata(part):
    assert part.metadata == METADATA


def test_a_part_is_about_one_thing():
    with pytest.raises(PublicError, match=r"^a part has one of text, media, .*; this one has several$"):
        Part("a", reasoning="b")
    with pytest.raises(PublicError):
        Part(media=Media("u"), resource=ResourceRef("u"))
    with pytest.raises(PublicError):
        Part(tool_request=ToolRequest(name="t"), tool_response=ToolResponse(name="t"))


@pytest.mark.parametrize(("mark", "is_interrupt"), [(True, True), ({"a": 1}, True), (False, False), (None, False)])
def test_a_marked_tool_request_waits_for_a_human(mark, is_interrupt):
    assert Part.from_tool_request("t", metadata={"interrupt": mark}).is_interrupt is is_interrupt
    assert not Part.from_text("t", metadata={"interrupt": mark}).is_interrupt
    assert not Part.from_tool_request("t").is_interrupt


def test_text_and_single_parts_stand_for_lists_of_parts():
    assert parts_of("a") == [Part("a")]
    assert parts_of(Part("a")) == [Part("a")]
    assert parts_of(("a", Part.from_data(1))) == [Part("a"), Part.from_data(1)]
    given = [Part("a")]
    assert parts_of(given) == given
    assert parts_of(given) is not given
