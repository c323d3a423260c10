"""Hypothesis strategies for the values of the AI protocol, read off their classes."""

import enum
import functools
import types
import typing
from collections.abc import Mapping
from typing import Any

import attrs
from hypothesis import strategies as st

from genkit_trio._ai.action_options import GenerateActionOptions, GenerateOutput, MiddlewareRef, Resume
from genkit_trio._ai.chunk import ModelResponseChunk
from genkit_trio._ai.document import Document
from genkit_trio._ai.embedder import EmbedderInfo, EmbedderSupports
from genkit_trio._ai.embedding import Embedding, EmbedRequest, EmbedResponse
from genkit_trio._ai.error_data import ErrorData
from genkit_trio._ai.evaluation import BaseDataPoint, Details, EvalFnResponse, EvalRequest, Score
from genkit_trio._ai.message import Message
from genkit_trio._ai.model_info import ModelConfig, ModelInfo, Supports
from genkit_trio._ai.operation import Operation
from genkit_trio._ai.part import Media, Part, ResourceRef, ToolRequest, ToolResponse
from genkit_trio._ai.request import ModelRequest, OutputConfig, ToolDefinition
from genkit_trio._ai.resource import ResourceOutput
from genkit_trio._ai.response import GenerationUsage, ModelResponse
from genkit_trio._ai.retrieval import (
    IndexerRequest,
    RerankerRequest,
    RerankerResponse,
    RetrieverRequest,
    RetrieverResponse,
)
from genkit_trio._ai.retriever import RetrieverInfo, RetrieverSupports
from genkit_trio._ai.tool import MultipartToolResponse

VALUE_CLASSES = [
    BaseDataPoint,
    Details,
    Document,
    EmbedRequest,
    EmbedResponse,
    EmbedderInfo,
    EmbedderSupports,
    Embedding,
    ErrorData,
    EvalFnResponse,
    EvalRequest,
    GenerateActionOptions,
    GenerateOutput,
    GenerationUsage,
    IndexerRequest,
    Media,
    Message,
    MiddlewareRef,
    ModelConfig,
    ModelInfo,
    ModelRequest,
    ModelResponse,
    ModelResponseChunk,
    MultipartToolResponse,
    Operation,
    OutputConfig,
    Part,
    RerankerRequest,
    RerankerResponse,
    ResourceOutput,
    ResourceRef,
    Resume,
    RetrieverInfo,
    RetrieverRequest,
    RetrieverResponse,
    RetrieverSupports,
    Score,
    Supports,
    ToolDefinition,
    ToolRequest,
    ToolResponse,
]

numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
# No key of these is one of a class: they are keys of the future.
futures = st.dictionaries(texts.map("future_{}".format), json_values, max_size=2)

_KINDS = ["text", "media", "tool_request", "tool_response", "reasoning", "resource"]
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(2**63), 2**64 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    Any: json_values,
}


@functools.cache
def values_of(cls: type) -> st.SearchStrategy[Any]:
    """Give values of an attrs class, with keys of the future beside its own."""
    hints = typing.get_type_hints(cls)
    fields = {
        field.name: _strategy(hints[field.name])
        for field in attrs.fields(cls)
        if field.name != "extra" and field.metadata.get("wire", True)
    }
    if cls is not Part:
        return st.builds(cls, extra=futures, **fields)
    beside = {name: fields.pop(name) for name in ("data", "custom", "metadata")}
    return st.sampled_from([*_KINDS, None]).flatmap(
        lambda kind: st.builds(Part, extra=futures, **beside, **({kind: fields[kind]} if kind else {}))
    )


def _strategy(tp: Any) -> st.SearchStrategy[Any]:
    origin, args = typing.get_origin(tp), typing.get_args(tp)
    if tp in _SCALARS:
        return _SCALARS[tp]
    if isinstance(tp, typing.TypeVar):
        return json_values
    if origin in (typing.Union, types.UnionType):
        return st.one_of([_strategy(arg) for arg in args])
    if origin is list:
        return st.lists(_strategy(args[0]), max_size=2)
    if origin is Mapping:
        return st.dictionaries(texts, json_values, max_size=2)
    if isinstance(tp, type) and issubclass(tp, enum.Enum):
        return st.sampled_from(list(tp))
    return st.deferred(lambda: values_of(origin or tp))
