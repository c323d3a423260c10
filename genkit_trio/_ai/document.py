"""Documents: what is embedded, indexed, retrieved and given to a model to read."""

import attrs

from .part import Media, Part, parts_of, text_of_parts
from .value import Metadata, WireValue


@attrs.frozen(repr=False)
class Document(WireValue):
    """Text and media with metadata.

    The content may be given as text, one part, or several of both.
    """

    content: list[Part] = attrs.field(converter=parts_of)
    metadata: Metadata | None = None

    @classmethod
    def from_text(cls, text: str, metadata: Metadata | None = None) -> "Document":
        """Make a document of text."""
        return cls(text, metadata)

    @classmethod
    def from_media(cls, url: str, content_type: str | None = None, metadata: Metadata | None = None) -> "Document":
        """Make a document of one image, video, sound or file."""
        return cls(Part.from_media(url, content_type), metadata)

    @property
    def text(self) -> str:
        """The text of all text parts, joined."""
        return text_of_parts(self.content)

    @property
    def media(self) -> list[Media]:
        """What is in the media parts."""
        return [part.media for part in self.content if part.media is not None]
