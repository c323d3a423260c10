"""The chunks of a generation: whose they are, and to which message they belong."""

from typing import Any, Final

from ..chunk import GeneratedChunk, ModelResponseChunk, Turn
from ..format.output import OutputParser
from ..message import Message, Role
from ..middleware.hooks import SendChunk


class ChunkSender:
    """Sends the chunks of one turn: those of the model's message and that of the tools' answers.

    Args:
      send: hands a chunk to the consumer.
      index: the index of the turn's first message.
      parser: reads the output as it grows.
    """

    def __init__(self, send: SendChunk, index: int, parser: OutputParser[Any] | None) -> None:
        self.index = index
        """The index of the message to which the last chunk belonged."""
        self._send: Final = send
        self._parser: Final[OutputParser[Any] | None] = parser
        self._role = Role.MODEL
        self._has_sent = False
        self._is_open = True
        self._turn: Turn | None = None

    def end(self) -> None:
        """Take no more chunks: the model has answered, and what a task that it left behind sends is lost."""
        self._is_open = False

    async def send_model(self, chunk: ModelResponseChunk) -> None:
        """Send a chunk of the model's answer."""
        if not self._is_open:
            return
        self._count(Role.MODEL)
        # An aggregated chunk repeats what the ones before it have said.
        turn = self._turn
        if turn is None:
            turn = self._turn = Turn(None if self._parser is None else self._parser.new_turn())
        end = turn.add("" if chunk.aggregated else chunk.text)
        await self._send(
            GeneratedChunk(
                chunk.content,
                role=Role.MODEL,
                index=self.index,
                custom=chunk.custom,
                aggregated=chunk.aggregated,
                extra=chunk.extra,
                turn=turn,
                end=end,
            )
        )

    async def send_tools(self, message: Message) -> None:
        """Send the answers of the tools, as one chunk."""
        self._count(Role.TOOL)
        await self._send(GeneratedChunk(message.content, role=Role.TOOL, index=self.index))

    def _count(self, role: Role) -> None:
        # A message of which nothing was sent is not counted: so do Genkit's other implementations.
        if role is not self._role and self._has_sent:
            self.index += 1
        self._role = role
        self._has_sent = True
