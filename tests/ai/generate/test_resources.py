"""Resources in messages."""

import pytest

from genkit_trio import Genkit, PublicError
from genkit_trio._ai import Message, Part, ResourceInput, ResourceOutput, Role, new_resource
from genkit_trio.testing import scripted_model


@pytest.fixture
def ai():
    ai = Genkit()

    @ai.resource(template="note://{name}")
    async def note(asked: ResourceInput) -> ResourceOutput:
        return ResourceOutput([Part(f"note {asked.variables['name']}"), Part("end")])

    return ai


async def read_own(asked):
    return ResourceOutput([Part("own")])


async def asked_of(ai, **options):
    model = scripted_model("done")
    content = ["see", Part.from_resource("note://a"), "and"]
    await ai.generate(model=model, messages=[Message(Role.SYSTEM, "s")], prompt=content, **options)
    return [part.text for part in model.last_request.messages[1].content]


async def test_a_resource_stands_for_its_content(ai):
    assert await asked_of(ai) == ["see", "note a", "end", "and"]


async def test_those_of_the_call_are_looked_up_first(ai):
    own = new_resource("own", read_own, uri="note://a")
    assert await asked_of(ai, resources=[own]) == ["see", "own", "and"]
    assert await asked_of(ai, resources=["note", own]) == ["see", "note a", "end", "and"]


async def test_a_resource_that_there_is_not_is_not_found(ai):
    with pytest.raises(PublicError, match="no resource matches 'other://a'"):
        await ai.generate(model=scripted_model(), prompt=Part.from_resource("other://a"))
