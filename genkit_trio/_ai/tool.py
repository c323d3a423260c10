"""Tools: functions that a model may ask to be run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeAlias, get_args, get_origin

import attrs
from typing_extensions import TypeIs, TypeVar

from .._core import Action, ActionOptions, Body, Run, Signature, Style, name_of, read_signature
from .._wire import ABSENT, Absent, Codec, GenkitError, InvalidValue, JsonValue, Status, codec_of, dumps
from .declaring import SchemaLike, core_options, type_of
from .interrupt import Interrupt
from .part import Content, Part, parts_of
from .request import ToolDefinition
from .tool_context import ToolCall
from .value import Metadata, WireValue

OutputT = TypeVar("OutputT", default=Any)

Tool: TypeAlias = Action[Any, Any, Any]  # Any: a list of tools holds tools of every type
TOOL_KINDS: Final = ("tool", "tool.v2")


@attrs.frozen(kw_only=True, repr=False)
class MultipartToolResponse(WireValue, Generic[OutputT]):
    """What a tool answers when a value is not all: parts that the model is to look at, such as an image.

    Attributes:
      output: the value.
      content: the parts.
      metadata: what is kept with the answer.
    """

    output: OutputT | None = None
    content: list[Part] | None = None
    metadata: Metadata | None = None


class ToolOptions(ActionOptions, total=False):
    """The keyword arguments of ``@ai.tool``; all may be left out."""

    name: str
    """What the model calls it; the function's name by default."""
    multipart: bool
    """Whether it returns a `MultipartToolResponse`; by default, whether the function is annotated so."""
    input_schema: SchemaLike
    """The type of the input, or its JSON Schema, where the annotation does not tell."""
    output_schema: SchemaLike
    """The same for the output."""


def response(
    output: OutputT | None = None, *, parts: Content | None = None, metadata: Mapping[str, JsonValue] | None = None
) -> MultipartToolResponse[OutputT]:
    """Make what a tool returns when a value is not all.

    Args:
      output: the value.
      parts: what the model is to look at beside it.
      metadata: what is kept with the answer.
    """
    return MultipartToolResponse(output=output, content=None if parts is None else parts_of(parts), metadata=metadata)


def is_multipart(tool: Tool) -> bool:
    """Tell whether *tool* returns a `MultipartToolResponse`."""
    return tool.kind == "tool.v2"


def short_name(name: str) -> str:
    """Return what models know a tool by: the last segment of its *name*."""
    return name.rpartition("/")[2]


def definition_of(tool: Tool) -> ToolDefinition:
    """Return how *tool* is described to a model. Its name there is the last segment of its own."""
    short = short_name(tool.name)
    return ToolDefinition(
        name=short,
        description=tool.description,
        # A schema that says nothing is left out.
        input_schema=(tool.input_codec.schema() or None) if tool.input_codec.tp is not None else None,
        output_schema=_output_schema(tool) or None,
        metadata=None if short == tool.name else {"originalName": tool.name},
    )


def answer_of(tool: Tool, value: Any) -> MultipartToolResponse[JsonValue]:
    """Return what *tool* has returned as an answer, its output as JSON.

    Raises:
      GenkitError: ``INTERNAL``, if the output does not fit the tool's type.
    """
    if not _is_answer(value):
        return MultipartToolResponse(output=tool.dump_output(value))
    if value.output is None:
        return value
    tp = tool.output_codec.tp
    codec = codec_of((get_args(tp) or (Any,))[0]) if _is_envelope(tp) else tool.output_codec
    try:
        return attrs.evolve(value, output=codec.dump(value.output))
    except InvalidValue as exc:
        raise GenkitError(Status.INTERNAL, f"the output of {tool.key} does not fit its type: {exc}") from exc


def make_tools(fn: Callable[..., Any], options: ToolOptions, *, dynamic: bool) -> Sequence[Tool]:
    """Make a tool of *fn*: the first is the tool; what follows is the same under another key.

    A tool has two keys, since some of Genkit's tools look for one and some for the other: as ``/tool.v2/x`` it returns
    a `MultipartToolResponse`. A tool that returns such a thing anyway has only that key.

    Args:
      fn: the function.
      options: what is declared beside it.
      dynamic: whether the tool is not registered.
    """
    name = options.get("name") or name_of(fn)
    signature = _signature_of(fn, name, options)
    if signature.style is Style.GENERATOR:
        raise TypeError(f"tool {name!r} is a generator, which returns nothing; return the answer")
    mark: dict[str, JsonValue] = {"dynamic": True} if dynamic else {}
    parts: dict[str, JsonValue] = {"type": "tool.v2", "tool": {"multipart": True}}
    if options.get("multipart", _is_envelope(signature.output_type)):
        return (_multipart_tool(name, fn, core_options(options, ToolOptions, parts | mark), signature),)
    declared = core_options(options, ToolOptions, {"type": "tool", **mark})
    tool = _FunctionTool("tool", name, fn, declared, signature=signature, around=_run_tool)
    if dynamic:
        return (tool,)
    # Genkit JS lists the second one as dynamic.
    return tool, _multipart_tool(name, fn, core_options(options, ToolOptions, parts | {"dynamic": True}), signature)


def _multipart_tool(name: str, fn: Callable[..., Any], declared: ActionOptions, signature: Signature) -> Tool:
    envelope: Any = MultipartToolResponse
    if _is_envelope(signature.output_type):
        envelope = signature.output_type
    elif not isinstance(signature.output_type, Codec):  # a JSON Schema cannot stand in brackets
        envelope = envelope[signature.output_type]
    signature = attrs.evolve(signature, output_type=envelope)
    return _FunctionTool("tool.v2", name, fn, declared, signature=signature, around=_run_and_wrap)


class _FunctionTool(Action[Any, Any, Any]):
    """A tool that was made of a function."""

    def load_input(self, data: JsonValue | Absent) -> Any:
        """Return the input that *data* stands for; for a function that takes none, whatever it is.

        Models have no way to call a tool without an input: they give an empty object, or make something up.
        """
        if self.input_codec.tp is None:
            return None
        # A request without an input has it as null.
        return super().load_input(ABSENT if data is None else data)

    def describe(self) -> dict[str, JsonValue]:
        """Return the tool as listings show it."""
        described = super().describe()
        return described if self.input_codec.tp is not None else described | {"inputSchema": {}}


async def _run_and_wrap(body: Body, run: Run, value: object) -> MultipartToolResponse[Any]:
    output = await _run_tool(body, run, value)
    return output if _is_answer(output) else MultipartToolResponse(output=output)


async def _run_tool(body: Body, run: Run, value: object) -> Any:
    """Run a tool, and let the trace show how it was resumed or interrupted."""
    if isinstance(run.init, ToolCall) and run.init.resumed is not None:
        run.set_attribute("genkit:metadata:resumed", _shown(run.init.resumed))
    try:
        return await body(run, value)
    except Interrupt as exc:
        run.set_attribute("genkit:metadata:interrupt", _shown(exc.metadata))
        raise


def _shown(metadata: Mapping[str, JsonValue]) -> str:
    return dumps(dict(metadata)).decode()


def _signature_of(fn: Callable[..., Any], name: str, options: ToolOptions) -> Signature:
    signature = read_signature(fn, name)
    if "input_schema" in options:
        signature = attrs.evolve(signature, input_type=type_of(options["input_schema"]))
    if "output_schema" in options:
        signature = attrs.evolve(signature, output_type=type_of(options["output_schema"]))
    return signature


def _is_answer(value: object) -> TypeIs[MultipartToolResponse[Any]]:
    return isinstance(value, MultipartToolResponse)


def _is_envelope(tp: Any) -> bool:
    return tp is MultipartToolResponse or get_origin(tp) is MultipartToolResponse


def _output_schema(tool: Tool) -> Mapping[str, JsonValue] | None:
    """Return the schema of the value that the model gets: in an answer of several parts, that of the output."""
    tp = tool.output_codec.tp
    if not _is_envelope(tp):
        return tool.output_codec.schema()
    return codec_of(get_args(tp)[0]).schema() if get_args(tp) else None
