"""Remote actions: flows of another process, called as if they were here.

The run is an ordinary run of this process whose function is a request. So the contract holds without further words:
its scope is the caller's, cancelling it closes the connection, which cancels the run over there; its deadline is the
caller's, and what remains of it goes out with the request; its span is the parent of the callee's.
"""

from typing import Any, Final, Never, TypeVar, Unpack, overload
from urllib.parse import urlsplit

from .._core import Action, ActionOptions, RunContext, Signature, Style
from .._wire import ABSENT
from .call import RemoteCall
from .remote_options import RemoteOptions

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")
ChunkT = TypeVar("ChunkT")
# What the arguments of __init__ say: a type checker infers the class's own from them.
GivenInputT = TypeVar("GivenInputT")
GivenOutputT = TypeVar("GivenOutputT")
GivenChunkT = TypeVar("GivenChunkT")


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
        """Where the flow is."""
        call = RemoteCall(url, RemoteOptions() if remote is None else remote, self)
        described: ActionOptions = {"description": f"The flow at {url}.", **options}
        super().__init__("flow", name or _name_in(url), call, described, signature=_signature(input, output, chunk))


def _signature(input: Any, output: Any, chunk: Any) -> Signature:
    has_input = input is not None
    return Signature(
        style=Style.ASYNC,
        has_input=has_input,
        context_class=RunContext,
        default=ABSENT if has_input else None,
        input_type=input,
        chunk_type=chunk,
        output_type=output,
    )


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not (url.isascii() and url.isprintable()):
        raise ValueError(f"the remote action is at {url!r}; give the address of a flow: https://host/flow")
    if "@" in parts.netloc:
        # Not shown: it may be a secret.
        raise ValueError("the remote action's address has a user in it; send credentials with RemoteOptions(headers=…)")
    try:
        # Both are read here so that a wrong one is noticed now.
        _ = parts.port, parts.hostname.encode("idna")
    except ValueError as exc:
        raise ValueError(f"the remote action is at {url!r}, which is no address: {exc}") from exc
    return url


def _name_in(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rpartition("/")[2] or urlsplit(url).netloc
