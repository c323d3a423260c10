"""``genkit-trio list``: what an application has."""

from collections.abc import Container
from typing import Final

import click
import trio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .. import Genkit
from .._wire import dumps
from ..lowlevel import ActionKey
from .target import application

_SHOWN_AS: Final = {
    "tool.v2": ("tool", ""),
    "executable-prompt": ("prompt", ""),
    "check-operation": ("background-model", "/check"),
    "cancel-operation": ("background-model", "/cancel"),
}
"""Kinds of which a thing has a second action: the kind that is shown, and what its own name ends with."""


@click.command("list")
@application
@click.option("--json", "as_json", is_flag=True, help="Print the descriptions as JSON, with the schemas.")
def list_actions(ai: Genkit, *, as_json: bool) -> None:
    """List the actions of an application, those of its plugins included.

    What has several actions, such as a tool, is listed once, and what every application has is left out.
    """
    described = trio.run(ai.registry.describe_actions)
    if as_json:
        print(dumps({key: dict(description) for key, description in described.items()}).decode())
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("key", no_wrap=True)
    table.add_column("description")
    for key, description in sorted(described.items()):
        if not _is_shown_elsewhere(ActionKey.parse(key), described):
            # Text, because a description may hold what rich would read as markup.
            table.add_row(Text(key), Text(str(description.get("description", ""))))
    Console().print(table)


def _is_shown_elsewhere(key: ActionKey, listed: Container[str]) -> bool:
    if key.kind not in _SHOWN_AS:
        return key.kind == "util"
    kind, ending = _SHOWN_AS[key.kind]
    return str(ActionKey(kind, key.name.removesuffix(ending))) in listed
