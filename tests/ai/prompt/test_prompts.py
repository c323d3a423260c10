"""The part of `Genkit` that is about prompts."""

import attrs
import pytest
import trio

from genkit_trio import Genkit
from genkit_trio.testing import echo_model

pytestmark = pytest.mark.extra


@attrs.frozen
class Recipe:
    title: str


async def test_a_helper_is_known_to_every_prompt(ai):
    hi = ai.define_prompt("hi", prompt="{{shout word}}")
    ai.define_helper("shout", lambda args, options: args[0].upper())
    assert (await hi({"word": "hi"})).text == "HI"


async def test_a_partial_is_known_to_every_prompt(ai):
    hi = ai.define_prompt("hi", prompt="{{> card}}")
    ai.define_partial("card", "[{{word}}]")
    assert (await hi({"word": "hi"})).text == "[hi]"
    with pytest.raises(ValueError, match="partial 'card' already"):
        ai.define_partial("card", "")


async def test_prompts_are_loaded_from_a_folder(ai, tmp_path):
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "hi.formal.prompt").write_text("---\ninput: {default: {name: you}}\n---\nDear {{> card}}")
    (tmp_path / "_card.prompt").write_text("{{name}},")
    ai.load_prompts(tmp_path)
    assert (await ai.prompt("mail/hi", variant="formal")({})).text == "Dear you,"
    with pytest.raises(ValueError, match="partial 'card' already"):
        ai.load_prompts(tmp_path)
    (tmp_path / "_card.prompt").unlink()
    with pytest.raises(ValueError, match=r"there is a prompt 'mail/hi\.formal' already"):
        ai.load_prompts(tmp_path)
    ai.load_prompts(tmp_path, namespace="acme")
    assert (await ai.prompt("acme/mail/hi", variant="formal")({"name": "Ada"})).text == "Dear Ada,"


async def test_a_folder_of_the_application_is_read_when_a_prompt_is_asked_for(tmp_path):
    ai = Genkit(model="echo", prompt_dir=str(tmp_path / "prompts"))
    ai.register(echo_model())
    tmp_path = tmp_path / "prompts"
    tmp_path.mkdir()
    local = ai.define_prompt("local", prompt="{{> card}}!")
    found = ai.prompt("hi")
    (tmp_path / "_card.prompt").write_text("{{name}}")
    (tmp_path / "hi.prompt").write_text("Hi {{> card}}")
    assert (await local({"name": "Ada"})).text == "Ada!"
    assert (await found({"name": "Ada"})).text == "Hi Ada"


async def test_a_schema_of_a_file_may_be_a_type_with_a_name(ai, tmp_path, echo):
    (tmp_path / "cook.prompt").write_text(
        '---\ninput: {schema: Recipe}\noutput: {schema: Recipe}\n---\n{"title": "{{title}}"}'
    )
    ai.load_prompts(tmp_path)
    ai.define_schema("Recipe", Recipe)
    assert (await ai.prompt("cook")(Recipe("Soup"))).output == Recipe("Soup")
    assert echo.last_request.output.schema["required"] == ["title"]


def test_a_prompt_runs_as_the_main_function_of_trio(ai):
    """Everything that prompts need of dotpromptz works on trio."""
    hi = ai.define_prompt("hi", prompt="Hi")
    assert trio.run(hi).text == "Hi"
