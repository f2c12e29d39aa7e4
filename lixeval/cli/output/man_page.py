"""The man page, made of the tables of commands and options: man(7) roff.

lixeval help --man > lixeval.1
"""

from __future__ import annotations

from lixeval import __version__
from lixeval.cli.command import Command
from lixeval.cli.command_table import COMMANDS
from lixeval.cli.main_command import MAIN
from lixeval.cli.output.help import parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = (
    ("~/.local/share/lixeval", "the store (--store or $LIXEVAL_STORE name another), and what is known of the host"),
    ("~/.cache/lixeval", "compiled code, results, downloads: lixeval --clear-cache removes it"),
    ("~/.local/state/lixeval", "the history of the repl"),
    ("/etc/nix/nix.conf, ~/.config/nix/nix.conf", "settings; $NIX_CONFIG and options override them"),
)
"""What is left where; folders follow $XDG_DATA_HOME, $XDG_CACHE_HOME and $XDG_STATE_HOME."""


def man_page() -> str:
    """The whole page."""
    lines = [f'.TH LIXEVAL 1 "" "lixeval {__version__}" "User Commands"', ".SH NAME"]
    lines.append("lixeval \\- evaluates Nix expressions, builds what they describe, writes OCI images")
    lines.append(".SH SYNOPSIS")
    for number, usage in enumerate(MAIN.usage):
        lines += [*([".br"] if number else []), f"\\fBlixeval\\fR {_escaped(usage)}"]
    lines += [".SH DESCRIPTION", _escaped(MAIN.about)]
    lines += _sections(MAIN, ".SH")
    lines.append(".SH COMMANDS IN FULL")
    for command in COMMANDS:
        if command is not MAIN:
            lines += _command(command)
    lines += [".SH BUILTINS", *_builtins(), ".SH FILES", *_rows(FILES)]
    lines += [".SH SEE ALSO", "nix(1), nix\\-build(1), nix.conf(5), skopeo(1), podman(1)"]
    return "\n".join(lines) + "\n"


def _builtins() -> Iterator[str]:
    """The manual of the builtins, examples and all; that of lib is told by `lixeval doc`."""
    from lixeval.builtins.table import EXPERIMENTAL
    from lixeval.environment.settings import Settings
    from lixeval.evaluation.workspace import Workspace
    from lixeval.system.machines import current_system
    from lixeval.teach.manual import of_builtins

    features = frozenset(name for names in EXPERIMENTAL.values() for name in names)
    workspace = Workspace(Settings(current_system(), write_store=False, experimental=features), root=None)
    try:
        entries = of_builtins(workspace.evaluator.table)
    finally:
        workspace.store.close()
    yield "\\fBlixeval doc\\fR tells of these too, and of nixpkgs' lib."
    for entry in entries:
        if "__" in entry.name:
            continue  # lixeval's own
        yield ".TP"
        yield f".B {_escaped(' '.join([entry.name, *entry.arguments]))}"
        yield _escaped(" ".join(entry.text.split()))
        if entry.examples:
            yield ".RS\n.EX"
            for expression, value in entry.examples:
                yield from map(_escaped, [f"nix-repl> {expression}", *value.splitlines()])
            yield ".EE\n.RE"


def _command(command: Command) -> Iterator[str]:
    yield f".SS lixeval {_escaped(command.name)}"
    for number, usage in enumerate(command.usage):
        yield from [".br"] if number else []
        yield f"\\fBlixeval {_escaped(command.name)}\\fR {_escaped(usage)}"
    yield ".PP"
    yield _escaped(command.about or f"{command.summary[:1].upper()}{command.summary[1:]}.")
    yield from _sections(command, ".PP\n.B")
    if command.examples:
        yield ".PP\n.B examples"
        yield ".EX"
        yield from map(_escaped, command.examples)
        yield ".EE"


def _sections(command: Command, headline: str) -> Iterator[str]:
    for title, rows in parts(command):
        yield f"{headline} {_escaped(title.upper() if headline == '.SH' else title)}"
        yield from _rows(rows)


def _rows(rows: object) -> Iterator[str]:
    for typed, meaning in rows:  # type: ignore[attr-defined]  # pairs of text
        if typed:
            yield ".TP"
            yield f".B {_escaped(typed)}"
        yield _escaped(meaning)


def _escaped(text: str) -> str:
    """Text that roff takes as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return "\\&" + text if text.startswith((".", "'")) else text
