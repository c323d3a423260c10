"""Remote actions: flows of another process, called as if they were here.

The run is an ordinary run of this process whose function is a request. So the contract holds without further words:
its scope is the caller's, cancelling it closes the connection, which cancels the run over there; its deadline is the
caller's, and what remains of it goes out with the request; its span is the parent of the callee's.
"""

import inspect
import math
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, Never, TypeVar, Unpack, overload
from urllib.parse import urlsplit

import attrs

from .._core import Action, ActionOptions, RunContext
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
from .connections import connected

if TYPE_CHECKING:
    import httpx2

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")
# What the arguments of __init__ say: a type checker infers the class's own from them.
GivenInputT = TypeVar("GivenInputT")
GivenOutputT = TypeVar("GivenOutputT")
GivenChunkT = TypeVar("GivenChunkT")

MAX_ANSWER: Final = 64 * 1024 * 1024
"""Bytes of a whole answer, or of one frame of a stream."""
_ANYTHING: Final = codec_of(object)


@attrs.frozen(kw_only=True)
class RemoteOptions:
    """How a remote action is reached.

    Args:
      client: the HTTP client, with its certificates, proxies and authentication; it belongs to the caller.
      headers: what is sent with every request, such as ``{"authorization": …}``.
      context_header: the name of a header that carries the context of the caller's run, as JSON; by default the
        context does not leave the process.
      max_answer: bytes of a whole answer, or of one frame of a stream.
    """

    client: "httpx2.AsyncClient | None" = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    context_header: str | None = None
    max_answer: int = MAX_ANSWER


class RemoteAction(Action[InputT, OutputT, ChunkT]):
    """A flow of another process.

    It is called, run and streamed as an action of this process is, with the same promises: the caller's deadline goes
    out with the request, cancelling the call closes the connection, and what the other side fails with is raised here
    as a `GenkitError` with its status, message and details. A server that cannot be reached, or whose answer breaks
    off, is ``UNAVAILABLE``.

    It speaks to flow endpoints of this library, of Genkit JS (``@genkit-ai/express``), Genkit Python and Genkit Go.

    Args:
      url: where the flow is: ``https://api.example/summarize``.
      input: the type of the input; without it, the flow takes none.
      output: the type of the output; it is checked when it arrives.
      chunk: the type of the chunks.
      name: the name of the action here; by default the last part of the URL's path.
      remote: how it is reached.
      options: as for any action, ``timeout=`` and ``retry=`` among them.

    Raises:
      ValueError: if *url* is no address of a flow.
    """

    @overload
    def __init__(
        self: "RemoteAction[GivenInputT, GivenOutputT, GivenChunkT]",
        url: str,
        *,
        input: type[GivenInputT],
        output: type[GivenOutputT],
        chunk: type[GivenChunkT],
        name: str | None = None,
        remote: RemoteOptions | None = None,
        **options: Unpack[ActionOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: "RemoteAction[GivenInputT, GivenOutputT, Never]",
        url: str,
        *,
        input: type[GivenInputT],
        output: type[GivenOutputT],
        name: str | None = None,
        remote: RemoteOptions | None = None,
        **options: Unpack[ActionOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: "RemoteAction[None, GivenOutputT, GivenChunkT]",
        url: str,
        *,
        output: type[GivenOutputT],
        chunk: type[GivenChunkT],
        name: str | None = None,
        remote: RemoteOptions | None = None,
        **options: Unpack[ActionOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: "RemoteAction[None, GivenOutputT, Never]",
        url: str,
        *,
        output: type[GivenOutputT],
        name: str | None = None,
        remote: RemoteOptions | None = None,
        **options: Unpack[ActionOptions],
    ) -> None: ...
    @overload
    def __init__(
        self,
        url: str,
        *,
        input: Any = None,
        output: Any = Any,
        chunk: Any = Never,
        name: str | None = None,
        remote: RemoteOptions | None = None,
        **options: Unpack[ActionOptions],
    ) -> None: ...
    def __init__(  # noqa: PLR0913  # what a flow is, all by name
        self,
        url: str,
        *,
        input: Any = None,
        output: Any = Any,
        chunk: Any = Never,
        name: str | None = None,
        remote: RemoteOptions | None = None,
        **options: Unpack[ActionOptions],
    ) -> None:
        """Declare the flow; nothing is sent."""
        self.url: Final = _checked(url)
        self._remote: Final = RemoteOptions() if remote is None else remote
        fn = _Request(self, has_input=input is not None)
        fn.__signature__ = _signature(input, output, chunk)
        super().__init__("flow", name or _name_in(url), fn, options)

    async def request(self, data: JsonValue | Absent, ctx: RunContext[ChunkT]) -> OutputT:
        """Send the request of one run, and return what comes back; the body of the action."""
        body = flow_request(data, _init_of(ctx))
        try:
            async with self._answered(body, ctx) as response:
                if response.status_code != 200:
                    raise parse_flow_failure(
                        response.status_code, await self._whole(response), _retry_after(response.headers)
                    )
                is_stream = response.headers.get("content-type", "").startswith(("text/event-stream", "text/plain"))
                if ctx.is_streaming and is_stream:
                    return await self._follow(response, ctx)
                return self._load_output(parse_flow_result(await self._whole(response)))
        except InvalidAnswer as exc:
            raise GenkitError(Status.INTERNAL, f"{self.url}: {exc}") from exc

    @asynccontextmanager
    async def _answered(self, body: bytes, ctx: RunContext[ChunkT]) -> AsyncGenerator["httpx2.Response", None]:
        import httpx2

        async with connected(self._remote.client) as client:
            try:
                async with client.stream(
                    "POST", self.url, content=body, headers=self._headers(ctx), follow_redirects=False
                ) as response:
                    yield response
            except httpx2.TransportError as exc:
                reason = str(exc) or type(exc).__name__
                raise GenkitError(Status.UNAVAILABLE, f"{self.url} could not be asked: {reason}") from exc

    def _headers(self, ctx: RunContext[ChunkT]) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream" if ctx.is_streaming else "application/json",
            "accept-encoding": "identity",
            "traceparent": format_traceparent(ctx.trace_id, ctx.span_id),
            **self._remote.headers,
        }
        remaining = ctx.remaining()
        if remaining != math.inf:
            headers["x-request-timeout"] = format_timeout(remaining)
        if self._remote.context_header is not None and ctx.context:
            headers[self._remote.context_header] = _text(dict(ctx.context))
        return headers

    async def _whole(self, response: "httpx2.Response") -> bytes:
        parts: list[bytes] = []
        size = 0
        async with aclosing(response.aiter_bytes()) as pieces:
            async for piece in pieces:
                size += len(piece)
                if size > self._remote.max_answer:
                    raise InvalidAnswer(f"the answer is larger than {self._remote.max_answer} bytes")
                parts.append(piece)
        return b"".join(parts)

    async def _follow(self, response: "httpx2.Response", ctx: RunContext[ChunkT]) -> OutputT:
        reader = FrameReader(self._remote.max_answer)
        async with aclosing(response.aiter_bytes()) as pieces:
            async for piece in pieces:
                for frame in reader.feed(piece):
                    if frame.kind == "message":
                        await ctx.send_chunk(self._load_chunk(frame))
                    elif frame.kind == "result":
                        return self._load_output(frame.value)
                    else:
                        raise flow_error(frame.value)
        raise GenkitError(Status.UNAVAILABLE, f"the stream of {self.url} broke off without a result")

    def _load_output(self, value: JsonValue) -> OutputT:
        try:
            return self.output_codec.load(value)
        except InvalidValue as exc:
            raise GenkitError(Status.INTERNAL, f"the output of {self.url} does not fit its type: {exc}") from exc

    def _load_chunk(self, frame: Frame) -> ChunkT:
        try:
            return self.chunk_codec.load(frame.value)
        except InvalidValue as exc:
            raise GenkitError(Status.INTERNAL, f"a chunk of {self.url} does not fit its type: {exc}") from exc

    def dump_input(self, value: InputT) -> JsonValue:
        """Return *value* as a JSON value.

        Raises:
          GenkitError: ``INVALID_ARGUMENT``, if it does not fit the declared type.
        """
        try:
            return self.input_codec.dump(value)
        except InvalidValue as exc:
            raise GenkitError(Status.INVALID_ARGUMENT, f"the input of {self.key} does not fit its type: {exc}") from exc


class _Request:
    """The function of a remote action: what is called when the action runs."""

    __signature__: inspect.Signature

    def __init__(self, action: RemoteAction[Any, Any, Any], *, has_input: bool) -> None:
        self._action: Final = action
        self._has_input: Final = has_input
        self.__name__ = "request"

    async def __call__(self, *given: Any) -> Any:  # Any: the types are the action's
        *inputs, ctx = given
        data = self._action.dump_input(inputs[0]) if self._has_input else ABSENT
        return await self._action.request(data, ctx)


def _signature(input: Any, output: Any, chunk: Any) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_ONLY
    ctx = inspect.Parameter("ctx", kind, annotation=RunContext[chunk])
    data = [] if input is None else [inspect.Parameter("input", kind, annotation=input)]
    return inspect.Signature([*data, ctx], return_annotation=output)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"the remote action is at {url!r}; give the address of a flow: https://host/flow")
    return url


def _name_in(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] or urlsplit(url).netloc


def _init_of(ctx: RunContext[Any]) -> JsonValue | Absent:
    return ABSENT if ctx.init is None else _ANYTHING.dump(ctx.init)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    # The other form of the header, a date, says nothing that a retry could use before clocks agree.
    text = headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _text(value: Any) -> str:
    return dumps(_ANYTHING.dump(value)).decode()
