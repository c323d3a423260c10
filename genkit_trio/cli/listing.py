"""``genkit-trio list``: what an application has."""

import click
import trio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .. import Genkit
from .._wire import dumps
from .target import application


@click.command("list")
@application
@click.option("--json", "as_json", is_flag=True, help="Print the descriptions as JSON, with the schemas.")
def list_actions(ai: Genkit, *, as_json: bool) -> None:
    """List the actions of an application, those of its plugins included."""
    described = trio.run(ai.registry.describe_actions)
    if as_json:
        print(dumps({key: dict(description) for key, description in described.items()}).decode())
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("key", no_wrap=True)
    table.add_column("description")
    for key, description in sorted(described.items()):
        # Text, because a description may hold what rich would read as markup.
        table.add_row(Text(key), Text(str(description.get("description", ""))))
    Console().print(table)
