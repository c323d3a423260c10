"""The command and its subcommands."""

import click

from .. import __version__
from .demo.command import demo
from .listing import list_actions
from .run import run
from .serve import serve
from .work import work


@click.group(context_settings={"auto_envvar_prefix": "GENKIT_TRIO", "help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="genkit-trio")
def group() -> None:
    """Genkit's flows on trio.

    MODULE:ATTRIBUTE is where the application is: "shop:ai" is the Genkit object "ai" of the module "shop", which is
    looked for in the working directory first.
    """


for command in (serve, work, run, list_actions, demo):
    group.add_command(command)
