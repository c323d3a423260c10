"""Resources: URIs of their own, where parts are from, and which resource has a URI."""

import pytest

from genkit_trio import PublicError, Status
from genkit_trio._ai.part import Part
from genkit_trio._ai.resource import (
    Resource,
    ResourceInput,
    ResourceOutput,
    find_matching_resource,
    resolve_resources,
    resource,
)
from genkit_trio._core import Plugin
from tests.ai.defined import Application


async def content(asked: ResourceInput) -> ResourceOutput:
    """Some content."""
    return ResourceOutput([Part(f"{asked.uri} {dict(asked.variables)}")])


@pytest.fixture
def ai():
    return Application()


async def test_a_resource_has_one_uri_or_many(ai):
    one = ai.define_resource("one", content, uri="x://one")
    many = ai.define_resource("many", content, template="x://{user}/{name}")
    assert one.matches("x://one")
    assert not one.matches("x://two")
    assert many.matches("x://ann/a")
    assert (await one(ResourceInput("x://one"))).content[0].text == "x://one {}"
    assert (await many(ResourceInput("x://ann/a"))).content[0].text == "x://ann/a {'user': 'ann', 'name': 'a'}"


async def test_parts_say_where_they_are_from(ai):
    async def parts(asked: ResourceInput) -> ResourceOutput:
        return ResourceOutput(
            [
                Part("x"),
                Part("x", metadata={"k": 1}),
                Part("x", metadata={"resource": {"uri": "x://inner"}}),
                Part("x", metadata={"resource": {"uri": "x://inner", "parent": {"uri": "x://top"}}}),
            ]
        )

    one = resource("one", parts, uri="x://one")
    many = resource("many", parts, template="x://{name}")
    assert [part.metadata for part in (await one(ResourceInput("x://one"))).content] == [
        {"resource": {"uri": "x://one"}},
        {"k": 1, "resource": {"uri": "x://one"}},
        {"resource": {"uri": "x://inner", "parent": {"uri": "x://one"}}},
        {"resource": {"uri": "x://inner", "parent": {"uri": "x://top"}}},
    ]
    [first, *_] = (await many(ResourceInput("x://a"))).content
    assert first.metadata == {"resource": {"uri": "x://a", "template": "x://{name}"}}


async def test_another_uri_is_refused(ai):
    one = resource("one", content, uri="x://one")
    with pytest.raises(PublicError, match="resource 'one' has no 'x://two'") as caught:
        await one(ResourceInput("x://two"))
    assert caught.value.status is Status.INVALID_ARGUMENT


def test_it_is_listed_with_its_uri_or_template(ai):
    one = ai.define_resource("one", content, uri="x://one", metadata={"k": 1})
    many = resource("many", content, template="x://{name}")
    assert one.describe()["metadata"] == {"k": 1, "type": "resource", "resource": {"uri": "x://one"}, "dynamic": False}
    assert many.describe()["metadata"] == {
        "type": "resource",
        "resource": {"template": "x://{name}"},
        "dynamic": True,
    }
    assert one.describe()["description"] == "Some content."
    assert one.describe()["inputSchema"]["properties"] == {"uri": {"type": "string"}}


@pytest.mark.parametrize("given", [{}, {"uri": "x", "template": "x"}])
def test_it_needs_either_a_uri_or_a_template(given):
    with pytest.raises(ValueError, match="resource 'r' needs either uri= or template="):
        resource("r", content, **given)


def test_as_a_decorator(ai):
    first = ai.resource(uri="x://a")(content)
    second = ai.resource("second", uri="x://b")(content)
    third = ai.resource(name="third", template="x://{c}")(content)
    assert [each.name for each in (first, second, third)] == ["content", "second", "third"]
    assert isinstance(ai["/resource/third"], Resource)


async def test_resources_are_named_as_tools_are(ai):
    one = ai.define_resource("one", content, uri="x://one")
    own = resource("own", content, uri="x://own")
    ai.define_dynamic_action_provider("host", lambda: {"resource": [own], "tool": []})
    assert await resolve_resources(ai.registry, ["one", "/resource/one", own, "host:resource/own"]) == [
        one,
        one,
        own,
        own,
    ]
    ai.tool(len)
    for name in ("nobody", "host:resource/nobody", "nobody:resource/x", "/tool/len"):
        with pytest.raises(PublicError, match=f"resource '{name}' not found") as caught:
            await resolve_resources(ai.registry, [name])
        assert caught.value.status is Status.NOT_FOUND


class Files(Plugin):
    """Has a resource that it makes when it is asked for."""

    name = "files"

    async def resolve(self, kind, name):
        return resource(name, content, template="file:///{name}") if kind == "resource" else None

    async def list_actions(self):
        return [{"key": "/resource/files/all", "name": "files/all"}]


async def test_the_resource_that_has_a_uri():
    ai = Application(Files())
    one = ai.define_resource("one", content, uri="x://one")
    own = resource("own", content, uri="x://one")
    other = resource("other", content, uri="x://other")
    ai.tool(len)
    assert await find_matching_resource(ai.registry, [other, own], "x://one") is own
    assert await find_matching_resource(ai.registry, [], "x://one") is one
    found = await find_matching_resource(ai.registry, [], "file:///a")
    assert found is not None
    assert found.name == "files/all"
    assert await find_matching_resource(ai.registry, [other], "y://one") is None
