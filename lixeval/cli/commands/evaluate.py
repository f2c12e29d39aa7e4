"""`lixeval eval`: a value as `nix eval` prints it: whole, on one line, errors in their places.

    lixeval eval FILE#ATTRIBUTE
    lixeval eval FLAKE#ATTRIBUTE                      pure, unless --impure
    lixeval eval -f FILE [ATTRIBUTE]
    lixeval eval --expr EXPRESSION [ATTRIBUTE]        pure, unless --impure

C++: eval.cc.
"""

from __future__ import annotations

import os
import sys

from lixeval.cli.action import using_library
from lixeval.cli.subcommand import read
from lixeval.cli.words import is_flake, split_attribute
from lixeval.cli.workspace import evaluated, open_workspace
from lixeval.errors import EvalError, SystemFailure, UsageError
from lixeval.evaluation.auto_call import Arguments, selected
from lixeval.evaluation.inputs import value_of
from lixeval.evaluation.remembered.recall import known_surroundings
from lixeval.runtime.call import call1
from lixeval.runtime.strings import interpolate, text_of
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.cli.subcommand import CommandLine
    from lixeval.evaluation.remembered.unrecorded import Unrecorded
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed


def run(arguments: list[str]) -> int:
    """Prints or writes one value."""
    line = read("eval", arguments)
    options = line.options
    if "raw" in line.flags and "json" in line.flags:
        raise UsageError("--raw and --json are mutually exclusive")
    if options.expressions and not options.settings.is_set("pure-eval") and not options.impure:
        options.pure = True
    target = line.texts.get("write-to")
    if target is not None and os.path.lexists(target):
        raise SystemFailure(f"path '{target}' already exists")
    named = [] if _names_attributes(line) else [(line.words or ["."])[0]]
    # What is written is not written twice.
    recording = using_library(options, None if target is not None else known_surroundings())
    text = evaluated(lambda: _evaluated(line, recording, named), recording)
    sys.stdout.write(text)
    recording.keep_library()
    return 0


def _evaluated(line: CommandLine, recording: Unrecorded, named: Sequence[str]) -> str:
    """What is to be printed; a target is written."""
    write_store = "read-only" not in line.flags
    # What is printed shows which lists are the same, and errors how far something was evaluated.
    faithful = not line.flags & {"json", "raw"} and "write-to" not in line.texts
    workspace = open_workspace(
        line.options, write_store=write_store, faithful=faithful, recording=recording, words=named
    )

    def body() -> str:
        value = _value(line, workspace)
        if "write-to" in line.texts:
            return _written(value, line.texts["write-to"])
        text = _text(value, line, workspace)
        if "«" in text and not line.flags & {"json", "raw"}:
            workspace.evaluator.services.shows_states()  # errors, or what is the same as something else
        return text

    return workspace.evaluate(body)


def _value(line: CommandLine, workspace: Workspace) -> Delayed:
    """What the command line names, with --apply's function applied."""
    options = line.options
    words = ["" if word == "." else word for word in line.words] if _names_attributes(line) else list(line.words)
    arguments = Arguments(workspace.evaluator, options.arguments)
    here = os.getcwd()
    attributes = list(options.attributes)
    if options.expressions:
        whole = workspace.evaluator.text(options.expressions[0], here)
        attributes += words
    elif "file" in line.texts:
        whole = value_of(workspace.evaluator, line.texts["file"])
        attributes += words
    elif is_flake(words[0] if words else "."):
        return _applied(line, workspace, _of_flake(line, workspace))
    else:
        file, attribute = split_attribute(words[0] if words else ".")
        whole = value_of(workspace.evaluator, file)
        attributes += [*([attribute] if attribute is not None else []), *words[1:]]
    if len(attributes) > 1 or len(options.expressions) > 1:
        more = attributes[1] if len(attributes) > 1 else options.expressions[1]
        raise UsageError(f"unexpected argument '{more}'", hint="lixeval eval --help")
    return _applied(line, workspace, selected(whole, attributes[0], arguments) if attributes else whole)


def _names_attributes(line: CommandLine) -> bool:
    """Whether words are attributes of an expression or a file, of which "." is the whole."""
    return bool(line.options.expressions) or "file" in line.texts


def _of_flake(line: CommandLine, workspace: Workspace) -> Delayed:
    from lixeval.cli.flakes import flake_values

    if len(line.words) > 1:
        raise UsageError(f"unexpected argument '{line.words[1]}'", hint="lixeval eval --help")
    return next(flake_values(workspace, line.options, line.words[0] if line.words else ".", outputs=False))


def _applied(line: CommandLine, workspace: Workspace, value: Delayed) -> Delayed:
    """What --apply's function makes of a value."""
    if "apply" in line.texts:
        return call1(workspace.evaluator.text(line.texts["apply"], os.getcwd()), value)
    return value


def _text(value: Delayed, line: CommandLine, workspace: Workspace) -> str:
    copy_to_store = workspace.evaluator.services.copy_to_store
    if "raw" in line.flags:
        made = interpolate(force(value), copy_to_store)
        raw: str = made.text if made.__class__ is ContextString else made
        return raw
    if "json" in line.flags:
        from lixeval.builtins.json import to_json

        text: str = to_json(value, str)[0]  # a path stays where it is, as in `nix eval`
        return text + "\n"
    from lixeval.cli.repl.printing import MAX_DEPTH, shown

    force(value)
    return shown(value, depth=MAX_DEPTH, one_line=True) + "\n"


def _written(value: Delayed, target: str) -> str:
    """--write-to: a string becomes a file, a set a folder of its members."""
    todo: list[tuple[Delayed, str]] = [(value, target)]
    while todo:
        delayed, path = todo.pop()
        found = force(delayed)
        if found.__class__ is str or found.__class__ is ContextString:
            text = text_of(found)
            with open(path, "xb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
        elif found.__class__ is dict:
            os.mkdir(path)
            for name in sorted_names(found):
                if name in ("", ".", "..") or "/" in name or "\0" in name:
                    raise EvalError(f"invalid file name '{name}'")
            todo += [(found[name], f"{path}/{name}") for name in reversed(sorted_names(found))]
        else:
            raise EvalError(f"the value for '{path}' is not a string or an attribute set")
    return ""
