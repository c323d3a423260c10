"""``/openapi.json``: what the flows of an application take and give."""

from typing import Any

import attrs
import pytest

from genkit_trio import Genkit
from genkit_trio._asgi.openapi import openapi_of
from genkit_trio._core import Action, read_signature
from genkit_trio._wire import codec_of, codec_of_schema
from genkit_trio.asgi import flow_app
from genkit_trio.testing import post


@attrs.frozen
class Tree:
    label: str
    children: list["Tree"] = attrs.field(factory=list)
    place: tuple[int, str] | None = None


def document(*functions: Any) -> dict[str, Any]:
    ai = Genkit()
    return openapi_of([ai.flow(fn) for fn in functions])


def operation(*functions: Any) -> dict[str, Any]:
    [path] = document(*functions)["paths"].values()
    return path["post"]


def envelope(*functions: Any) -> dict[str, Any]:
    return operation(*functions)["requestBody"]["content"]["application/json"]["schema"]


async def test_the_document_is_served_where_the_flows_are():
    ai = Genkit()

    @ai.flow
    async def greet(name: str) -> str:
        """Greet someone by name."""
        return f"Hello, {name}!"

    answer = await post(flow_app(ai), "/openapi.json", method="GET", parts=[b""])
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == openapi_of([greet])
    assert answer.json["openapi"] == "3.1.0"
    assert list(answer.json["paths"]) == ["/greet"]


async def test_a_flow_may_have_the_name_of_the_document():
    ai = Genkit()

    @ai.flow("openapi.json")
    async def odd() -> int:
        return 1

    assert (await post(flow_app(ai), "/openapi.json")).json == {"result": 1}


def test_an_operation_says_what_the_flow_takes_and_gives():
    async def double(number: int) -> float:
        """Double a number."""
        return 2.0 * number

    described = operation(double)
    assert (described["operationId"], described["description"]) == ("double", "Double a number.")
    assert envelope(double) == {
        "type": "object",
        "properties": {"data": {"type": "integer"}, "init": {}},
        "required": ["data"],
    }
    assert described["requestBody"]["required"] is True
    answered = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert answered["properties"] == {"result": codec_of(float).schema()}
    error = described["responses"]["default"]["content"]["application/json"]["schema"]
    assert error == {"$ref": "#/components/schemas/Error"}


def test_an_input_with_a_default_may_be_left_out():
    async def page(number: int = 1) -> None: ...
    async def ping() -> None: ...

    for fn in (page, ping):
        assert "required" not in envelope(fn)
        assert operation(fn)["requestBody"]["required"] is False


def test_a_type_that_holds_itself_is_a_component():
    async def prune(tree: Tree) -> list[Tree]: ...

    described = document(prune)
    tree = described["components"]["schemas"]["Tree"]
    assert tree["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Tree"}
    assert "definitions" not in str(described)


def taking_trees(name: str, kind: str) -> Action[Any, Any, Any]:
    """A flow whose input is a tree with leaves of that kind."""

    async def fn(tree: object) -> None: ...

    leaf = {"type": "object", "properties": {"value": {"type": kind}}}
    tree = {"type": "array", "items": {"anyOf": [{"$ref": "#/definitions/Tree"}, {"$ref": "#/definitions/Leaf"}]}}
    codec = codec_of_schema({"$ref": "#/definitions/Tree", "definitions": {"Leaf": leaf, "Tree": tree}})
    return Action("flow", name, fn, {}, signature=attrs.evolve(read_signature(fn, name), input_type=codec))


def test_types_of_one_name_are_components_of_their_own_with_what_they_refer_to():
    described = openapi_of([taking_trees("a", "integer"), taking_trees("b", "string"), taking_trees("c", "integer")])
    schemas = described["components"]["schemas"]
    assert list(schemas) == ["Error", "Leaf", "Tree", "Leaf_2", "Tree_2"]
    for suffix, kind in (("", "integer"), ("_2", "string")):
        assert schemas[f"Leaf{suffix}"]["properties"] == {"value": {"type": kind}}
        refs = [f"#/components/schemas/{name}{suffix}" for name in ("Tree", "Leaf")]
        assert [choice["$ref"] for choice in schemas[f"Tree{suffix}"]["items"]["anyOf"]] == refs
    taken = [
        path["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["data"]["$ref"]
        for path in described["paths"].values()
    ]
    assert taken == [f"#/components/schemas/{name}" for name in ("Tree", "Tree_2", "Tree")]


def test_a_type_may_have_any_name_and_a_component_may_not():
    async def fn(box: object) -> None: ...

    codec = codec_of_schema({"$ref": "#/definitions/Box(int)", "definitions": {"Box(int)": {"type": "integer"}}})
    signature = attrs.evolve(read_signature(fn, "fn"), input_type=codec)
    described = openapi_of([Action("flow", "fn", fn, {}, signature=signature)])
    assert described["components"]["schemas"]["Box_28_int_29_"] == {"type": "integer"}
    envelope = described["paths"]["/fn"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert envelope["properties"]["data"] == {"$ref": "#/components/schemas/Box_28_int_29_"}


def test_rows_are_written_as_the_newer_dialect_writes_them():
    async def prune(tree: Tree) -> None: ...

    [row, _] = envelope(prune)["properties"]["data"]["properties"]["place"]["anyOf"]
    assert row["prefixItems"] == [{"type": "integer"}, {"type": "string"}]
    assert row["items"] is False


@pytest.mark.parametrize("name", ["a b", "ä", "deep/er"])
def test_a_name_is_a_path(name):
    ai = Genkit()

    @ai.flow(name)
    async def fn() -> None: ...

    [path] = openapi_of([fn])["paths"]
    assert path.isascii()
    assert path.startswith("/")
