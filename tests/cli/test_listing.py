"""``genkit-trio list``."""

import json

import pytest

from tests.cli.shop import ai

pytestmark = pytest.mark.extra


def test_actions_are_listed_with_their_keys_and_descriptions(invoke):
    lines = [line.split(maxsplit=1) for line in invoke("list", "tests.cli.shop:ai").stdout.splitlines()]
    flows = [str(action.key) for action in ai.registry.actions() if action.kind == "flow"]
    assert [line[0] for line in lines] == ["key", *flows]
    assert ["/flow/price", "Tell what an order [costs]."] in [[part.strip() for part in line] for line in lines]


def test_what_has_several_actions_is_listed_once(invoke):
    lines = invoke("list", "tests.cli.office:ai").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["key", "/background-model/painter", "/prompt/greet", "/tool/look"]


def test_the_json_is_what_the_actions_say_of_themselves(invoke):
    described = json.loads(invoke("list", "tests.cli.shop:ai", "--json").stdout)
    assert "/util/generate" in described
    assert described == {str(action.key): action.describe() for action in ai.registry.actions()}
