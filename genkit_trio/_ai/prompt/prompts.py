"""What an application defines and asks of prompts.

Inherited by `Genkit`, so it loads what it needs when it is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack, overload

if TYPE_CHECKING:
    from ..._core import Registry
    from ..._wire import JsonValue
    from .definition import PromptOptions
    from .executable import ExecutablePrompt, InputT, OutputT
    from .folder import Folder
    from .helpers import Helper

_Described: TypeAlias = "Mapping[str, JsonValue] | str | None"


class Prompts:
    """The part of `Genkit` that is about prompts."""

    registry: Registry

    @overload
    def define_prompt(
        self,
        name: str | None = None,
        *,
        input_schema: type[InputT],
        output_schema: type[OutputT],
        **options: Unpack[PromptOptions],
    ) -> ExecutablePrompt[InputT, OutputT]: ...
    @overload
    def define_prompt(
        self,
        name: str | None = None,
        *,
        input_schema: type[InputT],
        output_schema: _Described = None,
        **options: Unpack[PromptOptions],
    ) -> ExecutablePrompt[InputT, Any]: ...
    @overload
    def define_prompt(
        self,
        name: str | None = None,
        *,
        input_schema: _Described = None,
        output_schema: type[OutputT],
        **options: Unpack[PromptOptions],
    ) -> ExecutablePrompt[Any, OutputT]: ...
    @overload
    def define_prompt(
        self,
        name: str | None = None,
        *,
        input_schema: _Described = None,
        output_schema: _Described = None,
        **options: Unpack[PromptOptions],
    ) -> ExecutablePrompt[Any, Any]: ...
    def define_prompt(
        self,
        name: str | None = None,
        *,
        input_schema: Any = None,
        output_schema: Any = None,
        **options: Unpack[PromptOptions],
    ) -> ExecutablePrompt[Any, Any]:
        """Declare a prompt, and return it.

        ``ai.define_prompt("joke", prompt="Tell a joke about {{topic}}.")`` is called as
        ``await joke({"topic": "cats"})``. Others see it as ``/prompt/joke`` and ``/executable-prompt/joke``, which only
        render it.

        Text given as ``system``, ``messages`` or ``prompt`` is a Handlebars template with Dotprompt's helpers:
        ``{{role "model"}}``, ``{{history}}``, ``{{media url=…}}``, ``{{json value}}``, ``{{section "…"}}``,
        ``{{#ifEquals a b}}``. Names in it are those of the input, ``{{@auth.uid}}`` is from the context of the call.
        Input is data to it: it cannot change who speaks, and runs nothing.

        Args:
          name: its name; a prompt without one is not registered.
          input_schema: the type of the input, a JSON Schema, or the name of a defined schema.
          output_schema: the same for the output, as for ``generate``.
          options: the templates, and what ``generate`` takes.

        Raises:
          TypeError: for an option that does not exist.
          ValueError: if a template cannot be read, or there is a prompt with this name.
          RuntimeError: for a template, without the ``prompts`` extra.
        """
        from .action import register
        from .definition import define
        from .executable import ExecutablePrompt

        definition = define(self.registry, name or "", input_schema, output_schema, options)
        if definition.name:
            register(self.registry, definition)
        return ExecutablePrompt(self.registry, definition)

    @overload
    def prompt(
        self, name: str, *, variant: str | None = None, input_schema: type[InputT], output_schema: type[OutputT]
    ) -> ExecutablePrompt[InputT, OutputT]: ...
    @overload
    def prompt(
        self, name: str, *, variant: str | None = None, input_schema: type[InputT], output_schema: _Described = None
    ) -> ExecutablePrompt[InputT, Any]: ...
    @overload
    def prompt(
        self, name: str, *, variant: str | None = None, input_schema: _Described = None, output_schema: type[OutputT]
    ) -> ExecutablePrompt[Any, OutputT]: ...
    @overload
    def prompt(
        self,
        name: str,
        *,
        variant: str | None = None,
        input_schema: _Described = None,
        output_schema: _Described = None,
    ) -> ExecutablePrompt[Any, Any]: ...
    def prompt(
        self, name: str, *, variant: str | None = None, input_schema: Any = None, output_schema: Any = None
    ) -> ExecutablePrompt[Any, Any]:
        """Return the prompt with this name, which is looked up when it is first used.

        Args:
          name: its name; for one from a file, with the folders above it: ``mail/greet``.
          variant: which one it is of several prompts with the same name.
          input_schema: the type of the input, if it is to be another than the prompt says.
          output_schema: the type of the output, if it is to be another than the prompt says.
        """
        from .executable import ExecutablePrompt, PromptReference

        reference = PromptReference(name=name, variant=variant, input_schema=input_schema, output_schema=output_schema)
        return ExecutablePrompt(self.registry, reference)

    def define_helper(self, name: str, fn: Helper) -> None:
        """Make a helper known to all templates: ``{{shout word}}`` is what ``fn(["…"], options)`` returns.

        It is called while a prompt is rendered, so it must not block; what it raises, the call of the prompt raises.

        Args:
          name: what templates call it.
          fn: the function; its arguments are a list of the helper's arguments, and `HelperOptions`.

        Raises:
          ValueError: if the name is taken.
          RuntimeError: without the ``prompts`` extra.
        """
        from .definition import templates_of

        templates_of(self.registry).define_helper(name, fn)

    def define_partial(self, name: str, source: str) -> None:
        """Make a template a part of all templates that write ``{{> name}}``.

        Raises:
          ValueError: if the name is taken, or *source* is no template.
          RuntimeError: without the ``prompts`` extra.
        """
        from .definition import templates_of

        templates_of(self.registry).define_partials({name: source})

    def load_prompts(self, folder: Folder, *, namespace: str = "") -> None:
        """Read the ``.prompt`` files in *folder* and below it, now, and declare what they hold.

        ``greet.prompt`` is the prompt ``greet``, ``greet.formal.prompt`` its variant ``formal``, ``mail/greet.prompt``
        the prompt ``mail/greet``; ``_card.prompt`` is the partial ``card``, whatever its folder.

        It reads files, so it belongs to the start of a program, as imports do. ``Genkit(prompt_dir=…)`` reads them in
        a thread when the first prompt is asked for.

        Args:
          folder: a path, or what `importlib.resources.files` gives for the prompts of a package.
          namespace: what the names of the prompts begin with, before a slash.

        Raises:
          OSError: if it is no folder that can be read.
          ValueError: if a file is malformed, or a name is taken.
          RuntimeError: without the ``prompts`` extra.
        """
        from .action import register
        from .folder import read_folder

        for definition in read_folder(folder, namespace).define(self.registry):
            register(self.registry, definition)
