"""Resources: content that has a URI, to be put into messages."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias, Unpack

import attrs

from .._core import Action, ActionOptions, Body, Registry, Run, RunContext
from .._wire import ActionKey, JsonValue, PublicError, Status
from .declaring import core_options, signature_of
from .part import Part
from .provider import find_provider
from .uri_template import UriTemplate
from .value import WireValue

KIND: Final = "resource"


@attrs.frozen(repr=False)
class ResourceInput(WireValue):
    """What a resource is asked.

    Attributes:
      uri: the URI.
      variables: the values in it, by their names in the template.
    """

    uri: str
    variables: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True, metadata={"wire": False})


@attrs.frozen(repr=False)
class ResourceOutput(WireValue):
    """What a resource holds."""

    content: list[Part]


ResourceFunction: TypeAlias = (
    Callable[[ResourceInput], Awaitable[ResourceOutput] | ResourceOutput]
    | Callable[[ResourceInput, RunContext[Any]], Awaitable[ResourceOutput] | ResourceOutput]
)
"""What a resource is made of."""


class ResourceOptions(ActionOptions, total=False):
    """The keyword arguments of ``@ai.resource``: one of ``uri`` and ``template``, and what may be left out."""

    uri: str
    """The only URI that it has."""
    template: str
    """The URIs that it has: ``file://{name}``, ``docs://{path*}``."""


class Resource(Action[ResourceInput, ResourceOutput, Any]):
    """Content that has a URI, or several of one form.

    Args:
      name: its name.
      fn: the function.
      options: what was declared beside it.
      dynamic: whether it is not registered.

    Raises:
      ValueError: without a URI or template, or with both.
    """

    def __init__(self, name: str, fn: Callable[..., Any], options: ResourceOptions, *, dynamic: bool = False) -> None:
        if ("uri" in options) == ("template" in options):
            raise ValueError(f"resource {name!r} needs either uri= or template=")
        template = options.get("template")
        self._uri: Final = options.get("uri")
        self._template: Final = None if template is None else UriTemplate(template)
        place: dict[str, JsonValue] = {"uri": self._uri} if template is None else {"template": template}
        metadata: dict[str, JsonValue] = {"type": KIND, KIND: place, "dynamic": dynamic}
        super().__init__(
            KIND,
            name,
            fn,
            core_options(options, ResourceOptions, metadata),
            signature=signature_of(ActionKey(KIND, name), fn, ResourceInput, ResourceOutput),
            around=self._read,
        )

    def matches(self, uri: str) -> bool:
        """Tell whether *uri* is one of its own."""
        return self._variables_in(uri) is not None

    def _variables_in(self, uri: str) -> Mapping[str, str] | None:
        if self._template is None:
            return {} if uri == self._uri else None
        return self._template.match(uri)

    async def _read(self, body: Body, run: Run, asked: ResourceInput) -> ResourceOutput:
        variables = self._variables_in(asked.uri)
        if variables is None:
            message = f"resource {self.name!r} has no {asked.uri!r}"
            raise PublicError(Status.INVALID_ARGUMENT, message)
        output: ResourceOutput = await body(run, attrs.evolve(asked, variables=variables))
        origin: dict[str, JsonValue] = {"uri": asked.uri}
        if self._template is not None:
            origin["template"] = self._template.template
        return attrs.evolve(output, content=[_marked(part, origin) for part in output.content])


def resource(name: str, fn: ResourceFunction, **options: Unpack[ResourceOptions]) -> Resource:
    """Make a resource that is not registered: for ``generate(resources=[…])``.

    Args:
      name: its name.
      fn: takes a `ResourceInput` and returns a `ResourceOutput`.
      options: those of `ResourceOptions`.

    Raises:
      TypeError: if the function cannot be a resource.
      ValueError: without a URI or template, with both, or if the template cannot be read.
    """
    return Resource(name, fn, options, dynamic=True)


async def resolve_resources(registry: Registry, resources: Iterable[str | Resource]) -> list[Resource]:
    """Return the resources that *resources* mean, in order.

    A resource is named by its name, by its key, or as ``host:resource/name`` of a dynamic action provider.

    Raises:
      PublicError: ``NOT_FOUND``.
    """
    return [await _find(registry, each) if isinstance(each, str) else each for each in resources]


async def find_matching_resource(registry: Registry, resources: Iterable[Resource], uri: str) -> Resource | None:
    """Return the resource that has *uri*: one of *resources*, else one that *registry* knows."""
    for each in resources:
        if each.matches(uri):
            return each
    for action in registry.actions():
        if isinstance(action, Resource) and action.matches(uri):
            return action
    for key in await registry.describe_actions():
        if key.startswith(f"/{KIND}/"):
            action = await registry.resolve(ActionKey.parse(key))
            if isinstance(action, Resource) and action.matches(uri):
                return action
    return None


async def _find(registry: Registry, name: str) -> Resource:
    key = ActionKey.parse(name) if name.startswith("/") else ActionKey(KIND, name)
    found = await registry.find(key)
    if found is None:
        provider, rest = find_provider(registry, name)
        found = None if provider is None else next(iter(await provider.find_actions(rest)), None)
    if not isinstance(found, Resource):
        raise PublicError(Status.NOT_FOUND, f"resource {name!r} not found")
    return found


def _marked(part: Part, origin: Mapping[str, JsonValue]) -> Part:
    """Return *part* with where it is from: in its metadata, or above what is there."""
    metadata = dict(part.metadata or {})
    inner = metadata.get(KIND)
    if not isinstance(inner, Mapping):
        metadata[KIND] = dict(origin)
    elif "parent" not in inner:
        metadata[KIND] = {**inner, "parent": dict(origin)}
    return attrs.evolve(part, metadata=metadata)
