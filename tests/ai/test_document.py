"""Documents: how they are made, and what can be read off them."""

from genkit_trio._ai import Document, Media, Part
from genkit_trio._wire import codec_of


def test_a_document_may_be_made_of_text_media_or_both():
    assert Document.from_text("a", {"page": 1}) == Document("a", {"page": 1}) == Document([Part("a")], {"page": 1})
    assert Document.from_media("u", "image/png").media == [Media("u", "image/png")]
    mixed = Document(["a", Part.from_media("u"), "b"])
    assert mixed.text == "ab"
    assert mixed.media == [Media("u")]


def test_a_document_is_written_as_the_protocol_has_it():
    assert codec_of(Document).dump(Document("a", {"page": 1})) == {"content": [{"text": "a"}], "metadata": {"page": 1}}
