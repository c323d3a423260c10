"""Calling a model inside of middleware, as a generation does."""

from genkit_trio._ai import Message, ModelHookParams, ModelRequest
from genkit_trio._ai.middleware.chain import chain_of, run_model
from genkit_trio._ai.middleware.resolve import resolve_middleware
from genkit_trio._ai.relay import run_relayed
from genkit_trio._core import Registry


def request_of(*texts, **options):
    return ModelRequest(messages=[Message("user", text) for text in texts or ("hi",)], **options)


async def call_model(params):
    if params.is_streaming:
        return await run_relayed(params.model, params.request, params.send_chunk)
    return await params.model(params.request)


async def ask(model, *use, request=None, chunks=None, registry=None):
    """Return what *model* answers inside of *use*; a list given as *chunks* makes it stream, and gets them."""

    async def send_chunk(chunk):
        chunks.append(chunk.text)

    registry = Registry() if registry is None else registry
    params = ModelHookParams(
        request=request_of() if request is None else request,
        model=model,
        registry=registry,
        is_streaming=chunks is not None,
        **({} if chunks is None else {"send_chunk": send_chunk}),
    )
    return await run_model(chain_of(resolve_middleware(registry, use)), params, call_model)
