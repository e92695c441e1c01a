"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_HIDDEN: Final = (
    ("rows", "take", "Hidden rows, of the accounts and of sheets beside them."),
    ("columns", "take", "Hidden columns, of the accounts and of sheets beside them."),
    ("sheets", "leave", "Hidden sheets of repayments, demands and the like."),
)


def hidden_options(command: Command) -> Command:
    """Give a command the options that say what becomes of hidden rows, columns and sheets."""
    for part, default, help_text in reversed(_HIDDEN):
        choice = click.option(
            f"--hidden-{part}", type=click.Choice(["take", "leave"]), default=default, show_default=True, help=help_text
        )
        command = choice(command)
    return command
