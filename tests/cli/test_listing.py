"""``genkit-trio list``."""

import json

import pytest

from tests.cli.shop import ai

pytestmark = pytest.mark.extra


def test_actions_are_listed_with_their_keys_and_descriptions(invoke):
    lines = [line.split(maxsplit=1) for line in invoke("list", "tests.cli.shop:ai").stdout.splitlines()]
    assert [line[0] for line in lines] == ["key", *(str(action.key) for action in ai.registry.actions())]
    assert ["/flow/price", "Tell what an order [costs]."] in [[part.strip() for part in line] for line in lines]


def test_the_json_is_what_the_actions_say_of_themselves(invoke):
    described = json.loads(invoke("list", "tests.cli.shop:ai", "--json").stdout)
    assert described == {str(action.key): action.describe() for action in ai.registry.actions()}
