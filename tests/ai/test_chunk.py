"""Chunks: what they hold, and what they know of their message."""

from genkit_trio._ai import GeneratedChunk, ModelResponseChunk, Part, Role
from genkit_trio._ai.chunk import Turn
from genkit_trio._wire import codec_of


class Words:
    """A parser whose value is the list of pieces that it was fed."""

    def __init__(self):
        self.value = []

    def feed(self, text):
        self.value.append(text)


def chunks_of(turn, *texts):
    return [GeneratedChunk(text, role=Role.MODEL, index=0, turn=turn, end=turn.add(text)) for text in texts]


def test_a_chunk_shows_what_it_holds():
    chunk = ModelResponseChunk(["a", Part.from_reasoning("hm"), "b"], role=Role.MODEL)
    assert (chunk.text, chunk.reasoning) == ("ab", "hm")


def test_a_chunk_knows_the_text_up_to_itself():
    first, second, third = chunks_of(Turn(), "a", "", "bc")
    assert [third.accumulated_text, second.accumulated_text, first.accumulated_text] == ["abc", "a", "a"]
    (fourth,) = chunks_of(first.turn, "d")
    assert (fourth.accumulated_text, third.accumulated_text) == ("abcd", "abc")


def test_the_output_is_one_value_that_grows():
    turn = Turn(Words())
    first, second = chunks_of(turn, "a", "b")
    (third,) = chunks_of(turn, "c")
    assert first.output is third.output
    assert third.output == ["abc"]
    (fourth,) = chunks_of(turn, "d")
    assert fourth.output == ["abc", "d"]
    assert first.output is second.output is fourth.output


def test_in_plain_text_the_output_is_that_of_the_chunk():
    first, second = chunks_of(Turn(), "a", "b")
    assert (first.output, second.output) == ("a", "b")


def test_what_a_chunk_knows_of_its_message_is_not_on_the_wire():
    (chunk,) = chunks_of(Turn(), "a")
    json = {"content": [{"text": "a"}], "role": "model", "index": 0}
    assert codec_of(ModelResponseChunk).dump(chunk) == codec_of(GeneratedChunk).dump(chunk) == json
    assert codec_of(GeneratedChunk).load(json) == chunk
    assert repr(chunk) == "GeneratedChunk(content=[Part(text='a')], role=<Role.MODEL: 'model'>, index=0)"
