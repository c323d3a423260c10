"""``genkit-trio run``: one run of one flow, its JSON in and out."""

import sys
from pathlib import Path
from typing import Any, Final

import attrs
import click
import trio

from .. import Action, Genkit, PublicError, Status, open_runtime
from .._core import failure_of
from .._runtime import own_process
from .._wire import InvalidJson, dumps, loads
from ..lowlevel import ABSENT, Absent, ActionKey, JsonValue
from .target import application

GRACE: Final = 5.0
"""Seconds for cleanup after Ctrl-C; the process then ends all the same."""


@attrs.frozen
class Order:
    """What to run, as the command line says it."""

    flow: str
    text: bytes | None
    """The input as JSON; `None` where none was given."""
    streaming: bool

    @property
    def key(self) -> ActionKey:
        """The key of the action.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, if it is written like a key and is none.
        """
        return ActionKey.parse(self.flow) if self.flow.startswith("/") else ActionKey("flow", self.flow)

    def data(self) -> JsonValue | Absent:
        """Return the input as a JSON value.

        Raises:
          PublicError: ``INVALID_ARGUMENT``, if it is not JSON.
        """
        if self.text is None:
            return ABSENT
        try:
            return loads(self.text)
        except InvalidJson as exc:
            raise PublicError(Status.INVALID_ARGUMENT, f"the input is not JSON: {exc}") from exc


@click.command()
@application
@click.argument("flow")
@click.argument("data", metavar="[INPUT]", required=False)
@click.option("--stream", is_flag=True, help="Print each chunk as it comes, a line of JSON each, before the output.")
def run(ai: Genkit, flow: str, data: str | None, *, stream: bool) -> None:
    """Run a flow once and print its output as a line of JSON.

    INPUT is JSON; "@file" reads it from a file and "-" from standard input. FLOW is a name, or the key of any action,
    such as "/tool/search".

    Exit codes: 0 for an output; 1 for a failure, whose status and message are on standard error; 130 after Ctrl-C.
    """
    sys.exit(trio.run(_run, ai, Order(flow, _text_of(data), stream)))


def _text_of(data: str | None) -> bytes | None:
    if data is None:
        return None
    if data == "-":
        return sys.stdin.buffer.read()
    if not data.startswith("@"):
        return data.encode(errors="surrogateescape")
    try:
        return Path(data[1:]).read_bytes()
    except OSError as exc:
        raise click.ClickException(f"the input cannot be read from {data[1:]!r}: {exc.strerror}") from exc


async def _run(ai: Genkit, order: Order) -> int:
    scope = trio.CancelScope()
    with own_process(scope.cancel, GRACE) as request, scope:
        try:
            async with open_runtime(ai):
                await _print_results(await ai.registry.resolve(order.key), order)
        except BrokenPipeError:
            raise  # the reader of our output has gone, which is no failure of the run; click ends quietly
        except Exception as exc:
            failure = failure_of(exc, expose=True)
            print(f"{failure.status.name}: {failure.message}", file=sys.stderr)
            return 1
        return 0
    return request.exit_code or 1


async def _print_results(action: Action[Any, Any, Any], order: Order) -> None:
    value = action.load_input(order.data())
    if not order.streaming:
        _print(action.dump_output(await action(value)))
        return
    async with action.stream(value) as stream:
        async for chunk in stream:
            _print(action.dump_chunk(chunk))
        _print(action.dump_output(await stream.output()))


def _print(value: JsonValue) -> None:
    # A reader of a pipe sees each chunk when it comes.
    print(dumps(value).decode(), flush=True)
