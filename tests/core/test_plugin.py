"""What a plugin is when it says nothing but its name."""

import pytest

from genkit_trio.abc import Plugin


class Named(Plugin):
    name = "named"


async def test_a_plugin_has_nothing_by_default():
    plugin = Named()
    assert await plugin.init() == ()
    assert await plugin.resolve("model", "named/x") is None
    assert await plugin.list_actions() == ()


def test_a_plugin_needs_a_name():
    with pytest.raises(TypeError, match="name"):
        type("Nameless", (Plugin,), {})()
