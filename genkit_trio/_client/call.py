"""What a remote action does when it runs: it sends the request of its run, and reads the answer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .._core import Action, RunContext
from .._tracing import current_span
from .._wire import (
    ABSENT,
    Absent,
    Frame,
    FrameReader,
    GenkitError,
    InvalidAnswer,
    InvalidValue,
    JsonValue,
    Status,
    codec_of,
    dumps,
    flow_error,
    flow_request,
    format_timeout,
    format_traceparent,
    parse_flow_failure,
    parse_flow_result,
)
from .answer import Question, answered, read, read_whole
from .remote_options import RemoteOptions

if TYPE_CHECKING:
    import httpx2

_ANYTHING: Final = codec_of(object)
_LONGEST: Final = 1e9
"""Seconds; more is no timeout to a server."""
_STREAMS: Final = ("text/event-stream", "text/plain")
"""What streams are called: by this library, Genkit Python and Genkit Go, and by Genkit JS."""


class RemoteCall:
    """The function of a remote action.

    Args:
      url: where the flow is.
      remote: how it is reached.
      action: whose types the values have.
    """

    def __init__(self, url: str, remote: RemoteOptions, action: Action[Any, Any, Any]) -> None:
        self._url: Final = url
        self._remote: Final = remote
        self._action: Final = action

    async def __call__(self, *given: Any) -> Any:  # Any: the types are the action's
        """Call the flow, with an input unless it takes none, and with the context of the run."""
        *inputs, ctx = given
        data = _dumped(self._action.input_codec.dump, inputs[0], f"the input of {self._url}") if inputs else ABSENT
        # Once: whoever receives the chunks may leave before the answer comes, which is a stream all the same.
        streams = ctx.is_streaming
        question = Question(self._url, self._headers(ctx, streams=streams), flow_request(data, self._init_of(ctx)))
        try:
            async with answered(self._remote.client, question) as response:
                return await self._output_in(response, ctx, streams=streams)
        except InvalidAnswer as exc:
            raise GenkitError(Status.INTERNAL, f"{self._url}: {exc}") from exc

    async def _output_in(self, response: "httpx2.Response", ctx: RunContext[Any], *, streams: bool) -> Any:
        if response.status_code != 200:
            raise await self._failure_in(response)
        if streams and response.headers.get("content-type", "").lower().startswith(_STREAMS):
            return await self._follow(response, ctx)
        return self._load_output(parse_flow_result(await read_whole(response, self._remote.max_answer)))

    async def _failure_in(self, response: "httpx2.Response") -> GenkitError:
        body = await read_whole(response, self._remote.max_answer)
        if response.has_redirect_location:
            # Input and credentials go to nobody but whom they were meant for.
            where = response.headers["location"]
            return GenkitError(
                Status.FAILED_PRECONDITION, f"{self._url} leads to {where!a}; give the remote action that address"
            )
        return parse_flow_failure(response.status_code, body, _retry_after(response.headers))

    async def _follow(self, response: "httpx2.Response", ctx: RunContext[Any]) -> Any:
        frames = FrameReader(self._remote.max_answer)
        end: Frame | None = None

        async def take(piece: bytes) -> bool:
            nonlocal end
            for frame in frames.feed(piece):
                if frame.kind != "message":
                    end = frame
                    return True
                await ctx.send_chunk(self._load_chunk(frame))
            return False

        await read(response, take)
        if end is None:
            raise GenkitError(Status.UNAVAILABLE, f"the stream of {self._url} broke off without a result")
        if end.kind == "error":
            raise flow_error(end.value)
        return self._load_output(end.value)

    def _headers(self, ctx: RunContext[Any], *, streams: bool) -> dict[str, str]:
        # The span of this attempt, where there are several.
        span = current_span.get()
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream" if streams else "application/json",
            "accept-encoding": "identity",
            "traceparent": format_traceparent(ctx.trace_id, ctx.span_id if span is None else span.span_id),
            **self._remote.headers,
        }
        remaining = ctx.remaining()
        if remaining <= _LONGEST:
            headers["x-request-timeout"] = format_timeout(remaining)
        if self._remote.context_header is not None and ctx.context:
            context = _dumped(_ANYTHING.dump, dict(ctx.context), "the context of the call")
            headers[self._remote.context_header] = dumps(context).decode()
        return headers

    def _init_of(self, ctx: RunContext[Any]) -> JsonValue | Absent:
        return ABSENT if ctx.init is None else _dumped(_ANYTHING.dump, ctx.init, f"the init of {self._url}")

    def _load_output(self, value: JsonValue) -> Any:
        try:
            return self._action.output_codec.load(value)
        except InvalidValue as exc:
            raise GenkitError(Status.INTERNAL, f"the output of {self._url} does not fit its type: {exc}") from exc

    def _load_chunk(self, frame: Frame) -> Any:
        try:
            return self._action.chunk_codec.load(frame.value)
        except InvalidValue as exc:
            raise GenkitError(Status.INTERNAL, f"a chunk of {self._url} does not fit its type: {exc}") from exc


def _dumped(dump: Any, value: object, what: str) -> JsonValue:
    try:
        dumped: JsonValue = dump(value)
    except InvalidValue as exc:
        raise GenkitError(Status.INVALID_ARGUMENT, f"{what} does not fit its type: {exc}") from exc
    return dumped


def _retry_after(headers: Mapping[str, str]) -> float | None:
    # The other form of the header, a date, says nothing that a retry could use before clocks agree.
    text = headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
