"""docs/cli.md is what the commands say of themselves; `make golden` rewrites it."""

from __future__ import annotations

import inspect
import os
from pathlib import Path

import click

from pipeline.cli import command

PAGE = Path(__file__).resolve().parents[2] / "docs/cli.md"
HEAD = """# The command line

Made from the commands' own help; `make golden` rewrites it. `foia` is `python -m pipeline`.

Data goes to stdout, everything else to stderr; progress bars only to a terminal. What a finished command did can be
read from its exit code; [errors.md](errors.md) has a section on each error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a defect: keep the run folder and report it |
| 2 | the command or a setting is wrong |
| 3 | something that was read is wrong; nothing was delivered |
| 4 | verification refused the bundle |
| 5 | the transfer zone holds something else under that name |

A zone (`URL`) is `file:///path`, a plain path, or `s3://bucket/prefix`. For S3 the endpoint, the region and the
credentials come from the usual `AWS_` variables or the instance's role.
"""


def page() -> str:
    return HEAD + "".join(section(path, found) for path, found in commands("foia", command))


def commands(path: str, found: click.Command) -> list[tuple[str, click.Command]]:
    if not isinstance(found, click.Group):
        return [(path, found)]
    return [pair for name in sorted(found.commands) for pair in commands(f"{path} {name}", found.commands[name])]


def section(path: str, found: click.Command) -> str:
    context = click.Context(found, info_name=path)
    usage = " ".join([path, *found.collect_usage_pieces(context)])
    options = [option for option in found.params if isinstance(option, click.Option)]
    rows = [tuple(part.replace("|", "\\|") for part in option.get_help_record(context) or ()) for option in options]
    table = "".join(f"| `{left}` | {right} |\n" for left, right in rows)
    listed = f"\n| option | |\n|---|---|\n{table}" if rows else ""
    return f"\n## {path}\n\n{inspect.cleandoc(found.help or '')}\n\n```\n{usage}\n```\n{listed}"


def test_the_page_is_what_the_commands_say() -> None:
    if os.environ.get("GOLDEN") == "write":
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_every_command_and_option_says_what_it_is() -> None:
    for path, found in commands("foia", command):
        assert found.help, path
        options = [option for option in found.params if isinstance(option, click.Option)]
        assert [option.name for option in options if not option.help] == [], path
