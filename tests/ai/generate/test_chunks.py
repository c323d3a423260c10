"""The chunks of one turn."""

from genkit_trio._ai import Message, ModelResponseChunk, Part, Role
from genkit_trio._ai.format.output import OutputParser, codec_of_output
from genkit_trio._ai.format.registry import BUILT_IN
from genkit_trio._ai.generate.chunks import ChunkSender


class Sent(list):
    """What was sent."""

    async def send(self, chunk):
        self.append(chunk)


def sender(index=0, parser=None):
    sent = Sent()
    return sent, ChunkSender(sent.send, index, parser)


async def test_chunks_know_what_came_before_them():
    sent, chunks = sender(3)
    for text in ("a", "", "bc"):
        await chunks.send_model(ModelResponseChunk(text, custom=text or None))
    assert [(chunk.index, chunk.role, chunk.accumulated_text, chunk.custom) for chunk in sent] == [
        (3, Role.MODEL, "a", "a"),
        (3, Role.MODEL, "a", None),
        (3, Role.MODEL, "abc", "bc"),
    ]


async def test_an_aggregated_chunk_is_not_counted_twice():
    sent, chunks = sender()
    await chunks.send_model(ModelResponseChunk("a"))
    await chunks.send_model(ModelResponseChunk("ab", aggregated=True))
    await chunks.send_model(ModelResponseChunk("b", extra={"new": 1}))
    assert [(chunk.text, chunk.aggregated, chunk.accumulated_text) for chunk in sent] == [
        ("a", None, "a"),
        ("ab", True, "a"),
        ("b", None, "ab"),
    ]
    assert sent[2].extra == {"new": 1}


async def test_the_output_grows():
    codec = codec_of_output(list[int])
    sent, chunks = sender(parser=OutputParser(BUILT_IN["json"], codec))
    grown = []
    for text in ("[1, ", "2, ", "3]"):
        await chunks.send_model(ModelResponseChunk(text))
        grown.append(list(sent[-1].output))
    assert grown == [[1], [1, 2], [1, 2, 3]]
    assert sent[0].output is sent[2].output


async def test_a_message_of_the_tools_is_the_next_one():
    sent, chunks = sender(2)
    await chunks.send_model(ModelResponseChunk("a"))
    await chunks.send_tools(Message(Role.TOOL, [Part.from_tool_response("t", 1)]))
    assert [(chunk.index, chunk.role) for chunk in sent] == [(2, Role.MODEL), (3, Role.TOOL)]
    assert chunks.index == 3


async def test_after_the_end_chunks_are_lost():
    sent, chunks = sender()
    chunks.end()
    await chunks.send_model(ModelResponseChunk("a"))
    await chunks.send_tools(Message(Role.TOOL, []))
    assert [(chunk.index, chunk.role) for chunk in sent] == [(0, Role.TOOL)]
