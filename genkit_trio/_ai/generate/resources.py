"""The parts of messages that stand for a resource."""

from collections.abc import Sequence

import attrs

from ..._core import Registry
from ..._wire import PublicError, Status
from ..message import Message
from ..part import Part
from ..resource import Resource, ResourceInput, find_matching_resource, resolve_resources


async def with_resources(
    registry: Registry, messages: Sequence[Message], resources: Sequence[str | Resource]
) -> list[Message]:
    """Return *messages* with the content of resources in the place of the parts that name them.

    They are looked for among *resources* first, then among those that are registered.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    if all(part.resource is None for message in messages for part in message.content):
        return list(messages)
    known = await resolve_resources(registry, resources)
    filled: list[Message] = []
    for message in messages:
        content: list[Part] = []
        for part in message.content:
            content += [part] if part.resource is None else await _content_of(registry, known, part.resource.uri)
        filled.append(attrs.evolve(message, content=content))
    return filled


async def _content_of(registry: Registry, known: Sequence[Resource], uri: str) -> Sequence[Part]:
    found = await find_matching_resource(registry, known, uri)
    if found is None:
        raise PublicError(Status.NOT_FOUND, f"no resource matches {uri!r}")
    return (await found(ResourceInput(uri))).content
