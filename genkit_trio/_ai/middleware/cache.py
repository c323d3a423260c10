"""Answers that are kept."""

from collections import OrderedDict
from typing import ClassVar, Final

import attrs
import trio

from ..._wire import InvalidValue, codec_of, dumps
from ..chunk import ModelResponseChunk
from ..request import ModelRequest
from ..response import FinishReason, ModelResponse
from .hooks import Middleware, ModelHookParams, NextModel

_KEPT: Final = frozenset({FinishReason.STOP, FinishReason.LENGTH})
_REQUEST: Final = codec_of(ModelRequest)


@attrs.frozen(eq=False)
class Cache(Middleware):
    """Gives a request that a model has answered before the same answer, usage and all.

    Requests are the same when their JSON and the name of the model are; one that has no JSON is not kept, nor is work
    in the background. Only complete answers are kept (``stop`` and ``length``).

    Of equal requests at the same time one is made, in the task of the first: the others wait for it, take its answer,
    and try for themselves when it fails; when it is cancelled, the next one makes it. A request that is streamed waits
    for no other; an answer that is there comes as one chunk.

    The answers live as long as this object, in one trio run: share it between the calls that are to share answers.

    Args:
      max_entries: how many answers are kept; the one that was not asked for longest is dropped.
      ttl: seconds for which an answer is kept.
    """

    middleware_name: ClassVar[str] = "cache"

    max_entries: int = attrs.field(default=256, kw_only=True)
    ttl: float = attrs.field(default=3600, kw_only=True)
    _answers: "trio.lowlevel.RunVar[_Answers]" = attrs.field(
        init=False, repr=False, factory=lambda: trio.lowlevel.RunVar("genkit_trio.cache"), metadata={"wire": False}
    )

    def __attrs_post_init__(self) -> None:
        if self.max_entries < 1:
            raise ValueError(f"max_entries is {self.max_entries}; it must be 1 or more")
        if not self.ttl > 0:
            raise ValueError(f"ttl is {self.ttl}; it must be seconds greater than 0")

    async def wrap_model(self, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
        """Call the model if there is no answer yet."""
        if params.model.kind != "model":
            return await next_fn(params)  # each caller is to have an operation of its own
        try:
            key = str(params.model.key).encode() + b" " + dumps(_REQUEST.dump(params.request))
        except InvalidValue:
            return await next_fn(params)
        answers = self._current_answers()
        found = answers.get(key)
        if params.is_streaming:
            if found is None:
                return answers.keep(key, await next_fn(params))
            await _send_whole(found, params)
            return found
        while found is None:
            flight = answers.flights.get(key)
            if flight is None:
                return await _fly(answers, key, params, next_fn)
            await flight.ended.wait()
            if flight.has_failed:
                return answers.keep(key, await next_fn(params))
            found = flight.response
        await trio.lowlevel.checkpoint_if_cancelled()
        return found

    def _current_answers(self) -> "_Answers":
        try:
            return self._answers.get()
        except LookupError:
            answers = _Answers(self.max_entries, self.ttl)
            self._answers.set(answers)
            return answers


class _Flight:
    """A request under way: ended without response and failure, it was cancelled."""

    def __init__(self) -> None:
        self.ended: Final = trio.Event()
        self.response: ModelResponse | None = None
        self.has_failed = False


class _Answers:
    """The answers of one cache in one trio run, and the requests under way."""

    def __init__(self, max_entries: int, ttl: float) -> None:
        self.flights: Final[dict[bytes, _Flight]] = {}
        self._max_entries: Final = max_entries
        self._ttl: Final = ttl
        self._kept: Final[OrderedDict[bytes, tuple[float, ModelResponse]]] = OrderedDict()

    def get(self, key: bytes) -> ModelResponse | None:
        """Return the answer, if it is there and fresh."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        expires, response = kept
        if trio.current_time() >= expires:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return response

    def keep(self, key: bytes, response: ModelResponse) -> ModelResponse:
        """Return *response*, and keep it if it is complete; the answer not asked for longest makes room."""
        if response.finish_reason in _KEPT and response.error is None and response.operation is None:
            self._kept[key] = (trio.current_time() + self._ttl, response)
            self._kept.move_to_end(key)
            if len(self._kept) > self._max_entries:
                self._kept.popitem(last=False)
        return response


async def _fly(answers: _Answers, key: bytes, params: ModelHookParams, next_fn: NextModel) -> ModelResponse:
    """Make the request, for whoever else waits for it."""
    flight = answers.flights[key] = _Flight()
    try:
        flight.response = await next_fn(params)
        return answers.keep(key, flight.response)
    except Exception:
        flight.has_failed = True
        raise
    finally:
        del answers.flights[key]
        flight.ended.set()


async def _send_whole(response: ModelResponse, params: ModelHookParams) -> None:
    if response.message is not None:
        await params.send_chunk(ModelResponseChunk(response.message.content))
    await trio.lowlevel.checkpoint_if_cancelled()
