"""``/util/generate`` is made when it is first asked for."""

from genkit_trio import Genkit
from genkit_trio._ai.generate import generate_action, generate_of, new_generation
from genkit_trio._wire import ActionKey
from genkit_trio.testing import scripted_model

KEY = ActionKey("util", "generate")


async def test_it_is_registered_when_it_is_looked_up():
    ai = Genkit()
    assert ai.registry.get(KEY) is None
    action = await ai.registry.find(KEY)
    assert ai.registry.get(KEY) is action
    assert await ai.registry.find(KEY) is action
    assert await ai.registry.find(ActionKey("util", "other")) is None


async def test_it_is_in_every_listing():
    ai = Genkit()
    described = await ai.registry.describe_actions()
    assert described == {str(KEY): generate_action(ai.registry).describe()}
    assert await ai.registry.describe_actions() == described


async def test_a_call_in_a_child_makes_that_of_the_parent():
    ai = Genkit()
    child = ai.registry.new_child()
    model = scripted_model("done")
    assert (await generate_of(child, new_generation(child, {"model": model, "prompt": "hi"}))).text == "done"
    assert ai.registry.get(KEY) is child.get(KEY) is not None
