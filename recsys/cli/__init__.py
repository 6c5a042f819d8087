"""The command ``recsys``: a table of commands, each one file that is read when it is called."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from recsys.errors import RecsysError, RequestError

COMMANDS: Mapping[str, str] = {
    "demo": "Show a newsroom at work: the sample's or your own, trained, served, with pages.",
    "import": "Read articles and events from files into a store.",
    "validate": "Say which rows of files would be refused, and why.",
    "train": "Train a recipe on a store or on files, and publish the model.",
    "related": "List what is related to an article.",
    "most-read": "List what is read most.",
    "explain": "Say why one article is, or is not, related to another.",
    "models": "List, show, verify, promote or roll back trained models.",
    "evaluate": "Say which recipe is better, by how much, and whether it is more than noise.",
    "tune": "Search better parameters for a recipe, and say whether they are more than luck.",
    "serve": "Answer over HTTP.",
    "export-static": "Write all lists as JSON and HTML files, for a CDN.",
    "doctor": "Say what is wrong with an installation, and what to do.",
    "ledger": "Say which events counted, and which rule dropped the others.",
    "forget": "Delete what is known of a reader.",
}
"""Name -> what it does; ``most-read`` is the function ``most_read`` of ``cli/most_read.py``."""

WRONG_CALL, FAILED, INTERRUPTED = 2, 1, 130


def main() -> None:
    """Run the command of the process's arguments, and end the process."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code.

    Whatever goes wrong is one line on stderr: 2 for a wrong call, 1 for anything else. An
    interruption and a reader that stops reading are no errors and say nothing.
    """
    try:
        with _program().make_context("recsys", list(arguments)) as context:
            context.command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as stop:
        return stop.exit_code
    except KeyboardInterrupt as stop:
        return _told(f"interrupted; {stop}", INTERRUPTED) if str(stop) else INTERRUPTED
    except BrokenPipeError:
        _stop_writing()
        return FAILED
    except Exception as error:
        if list(arguments[:1]) == ["--debug"]:
            traceback.print_exc()
        if isinstance(error, OSError):  # it may be stdout that cannot be written
            _stop_writing()
        return _refused(error)
    return 0


def command(name: str) -> Any:
    """Return a command of the table, reading its file."""
    module = name.replace("-", "_") + ("_" if iskeyword(name) else "")
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command(name)(getattr(import_module(f"recsys.cli.{module}"), module))
    return get_command(app)


class _Commands(TyperGroup):
    """Knows the table, and reads the file of the one command that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, command(str(name)), rest


def _program() -> Any:
    app = typer.Typer(cls=_Commands, rich_markup_mode=None, add_completion=False)
    app.callback()(_recsys)
    program: Any = get_command(app)
    for name, does in COMMANDS.items():
        program.add_command(TyperCommand(name, help=does))
    return program


def _version(asked: bool) -> None:
    if asked:
        from recsys import __version__

        typer.echo(__version__)
        raise typer.Exit


def _recsys(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Related news and most read for the widgets of news websites.

    RECIPE is a path or the name of a shipped recipe; a store is named by a URL such as
    sqlite:///news.db; settings come from --config, RECSYS_CONFIG or ./recsys.toml.
    """


def _refused(error: Exception) -> int:
    """Say what is wrong; errors of typer, and only they, format themselves."""
    wrong_call = isinstance(error, RequestError) or getattr(error, "exit_code", 0) == WRONG_CALL
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context else ""
        text = f"{error.format_message()}{hint}"
    elif isinstance(error, RecsysError):
        text = str(error)
    elif isinstance(error, OSError):
        text = f"{error.filename or 'output'}: {error.strerror or error}"
    else:
        text = f"unexpected {type(error).__name__}: {error} (recsys --debug … shows where)"
    return _told(text, WRONG_CALL if wrong_call else FAILED)


def _told(text: str, code: int) -> int:
    """Print one line, whatever characters the text has."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    print(f"recsys: {line}", file=sys.stderr)
    return code


def _stop_writing() -> None:
    """Let go of what is still to be written, or Python would complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
