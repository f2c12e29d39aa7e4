"""What the REPL does: lines in, texts out; it knows no terminal.

    line = EXPRESSION            evaluated and shown
         | NAME = EXPRESSION     bound, not yet evaluated; several with ; between them, inherit too
         | :COMMAND [ARGUMENT]   see `HELP`

A line that is only the beginning of an expression asks for more.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeVar

from lixeval.cli.repl import building, explaining
from lixeval.cli.repl.lines import COMMAND, bindings_in, bound, is_expression, is_unfinished, last_word
from lixeval.cli.repl.printing import MAX_DEPTH, shown
from lixeval.errors import EvalError, NixSyntaxError, UndefinedVariable, UsageError
from lixeval.evaluation.auto_call import Arguments, called_with
from lixeval.evaluation.evaluator import Evaluator
from lixeval.evaluation.inputs import value_of
from lixeval.evaluation.workspace import Workspace
from lixeval.formats.nix_text import KEYWORDS, attribute_name
from lixeval.formats.numbers import whole
from lixeval.runtime.faults import described
from lixeval.runtime.printing import is_primop
from lixeval.runtime.thunks import force, position_of
from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Delayed, Path, Value, function_code, sorted_names
from lixeval.source import Source

HELP = """\
  EXPRESSION           evaluates and shows a value
  NAME = EXPRESSION    binds a variable; also several: a = 1; b = 2; inherit (x) c;
  :a, :add EXPR        brings the attributes of a set into scope
  :b EXPR              builds a derivation
  :bl EXPR             the same, and leaves links to it here
  :ctx EXPR            the context of a string: what it was made from
  :doc EXPR            the manual of a builtin, or of a function of lib by its name
  :e, :edit EXPR       opens the place of a function, package or path in $EDITOR
  :i EXPR              what to do instead: there are no profiles
  :l, :load PATH       brings the attributes of a file's value into scope
  :lf, :load-flake REF the same of a flake
  :ll, :last-loaded    the variables that came into scope last
  :log EXPR            the log of a derivation's build
  :p, :print EXPR      shows all of a value; strings as they are
  :r, :reload          loads all files again
  :sh EXPR             a shell with what a derivation is built in
  :sprint NAME         a variable as far as it is evaluated, _ for the rest
  :steps EXPR          the story of an evaluation
  :t EXPR              the type of a value
  :te, :trace-enable   shows the whole trace of errors, or no more: true, false
  :u EXPR              a shell with a derivation in PATH
  :where A.B           who has set an attribute, and who has overridden it
  :why EXPR            who asked for what fails in it; of the last line without EXPR
  :q, :quit            ends
  :?, :help            this
"""

T = TypeVar("T")

if TYPE_CHECKING:
    from lixeval.formats.store_path import StorePath
    from lixeval.syntax.nodes import Expression

    Load = Callable[[Evaluator], Value]
    """Gives the value of what was loaded."""

    Bind = Callable[[Evaluator, dict[str, Delayed]], dict[str, Delayed]]
    """Gives new variables, in the scope of those before."""


class Workspaces(Protocol):
    """The workspaces of one session, each in turn."""

    @property
    def first(self) -> Callable[[], Workspace]:
        """Makes one for files as they are now, which knows of their library what is known."""

    def without(self, error: BaseException) -> Workspace | None:
        """One that knows nothing, where an evaluation has failed that did; None where it did not."""


class Alone:
    """Workspaces that know nothing from before."""

    def __init__(self, first: Callable[[], Workspace]) -> None:
        self.first = first

    def without(self, error: BaseException) -> None:
        """There is nothing to do without."""


class Session:
    """The variables of one REPL, and how to answer a line."""

    def __init__(self, workspaces: Workspaces, *, show_trace: bool = False, colours: bool = False) -> None:
        self._workspaces = workspaces
        self.workspace = workspaces.first()
        self.show_trace = show_trace
        self.colours = colours
        self.scope: dict[str, Delayed] = {}
        self.loaded: list[Load] = []
        self._made: list[Bind] = []
        self._done: list[Callable[[], object]] = []
        """What was evaluated, be it that it has failed."""
        self._last = ""
        self._brought: list[str] = []
        self.ended = False
        self._commands: dict[str, Callable[[str], str]] = {}
        for names, command in (
            ("a add", self._add),
            ("b", lambda argument: building.build(self.workspace, self._derivations(argument))),
            ("bl", lambda argument: building.build_linked(self.workspace, self._derivations(argument))),
            ("ctx", lambda argument: self._run(lambda: explaining.context(self._value(argument)))),
            ("doc", self._document),
            ("e edit", self._edit),
            ("i", self._install),
            ("l load", self._load),
            ("ll last-loaded", self._last_loaded),
            ("log", lambda argument: building.logs(self.workspace, self._derivations(argument))),
            ("lf load-flake", self._load_flake),
            ("p print", self._print),
            ("r reload", self._reload),
            ("sh", lambda argument: building.shell(self.workspace, "develop", self._derivations(argument))),
            ("sprint", self._sprint),
            ("steps", lambda argument: explaining.steps(self.workspace, self.rebuilt, _needed(argument))),
            ("t", self._type),
            ("te trace-enable", self._trace),
            ("u", lambda argument: building.shell(self.workspace, "shell", self._derivations(argument))),
            ("where", lambda argument: explaining.where(self.workspace, self.rebuilt, _needed(argument))),
            ("why", lambda argument: explaining.why(self.workspace, self.rebuilt, _needed(argument or self._last))),
            ("q quit", self._quit),
            ("? help", lambda argument: HELP),
        ):
            self._commands.update(dict.fromkeys(names.split(), command))

    @property
    def commands(self) -> list[str]:
        """All commands, with their colon."""
        return sorted(":" + name for name in self._commands)

    # Lines

    def answer(self, line: str) -> str:
        """What a line gives, to be printed as it is; errors are raised."""
        command = COMMAND.fullmatch(line)
        if command is not None:
            found = self._commands.get(command[1])
            if found is None:
                raise UsageError(f"unknown command ':{command[1]}'", hint=":? lists the commands")
            return found(command[2].strip())
        if not line.strip():
            return ""
        name, text = bound(line)
        if name and is_expression(self._parse, text):
            self._bind(name, text)
            return ""
        bindings = bindings_in(self._parse, line)
        if bindings:
            for name, text in bindings:
                self._bind(name, text)
            return ""
        if name:
            self._bind(name, text)
            return ""
        self._last = line
        return self._run(lambda: self._shown(self._cell(line))) + "\n"

    def _bind(self, name: str, text: str) -> None:
        def bind(evaluator: Evaluator, scope: dict[str, Delayed]) -> dict[str, Delayed]:
            return {name: evaluator.text_cell(text, os.getcwd(), scope)}

        self._last = text
        self._run(lambda: self.scope.update(bind(self.workspace.evaluator, self.scope)))
        self._made.append(bind)

    def rebuilt(self, evaluator: Evaluator) -> dict[str, Delayed]:
        """The variables made anew by another evaluator, which watches."""
        scope: dict[str, Delayed] = {}
        for make in self._made:
            scope.update(make(evaluator, dict(scope)))
        return scope

    def _parse(self, source: Source) -> Expression:
        return self.workspace.evaluator.parse(source)

    def is_unfinished(self, line: str) -> bool:
        """Whether a line is the beginning of an expression that goes on."""
        return is_unfinished(self._parse, line)

    def _run(self, function: Callable[[], T]) -> T:
        """Evaluates deep.  Where what is known of a library could show in the answer, all is evaluated once more, and
        from then on, without.
        """
        try:
            answer = self.workspace.evaluate(function)
        except BaseException as error:
            another = None if _is_told_before(error) else self._workspaces.without(error)
            if another is None:
                if isinstance(error, Exception):
                    self._done.append(function)
                raise
            self._go_on_in(another)
            self._done.append(function)
            return self.workspace.evaluate(function)
        self._done.append(function)
        return answer

    def _go_on_in(self, workspace: Workspace) -> None:
        """What was evaluated in one workspace is evaluated in another, as far as it went."""
        self.workspace, self.scope = workspace, {}
        for function in self._done:
            with suppress(Exception):
                workspace.evaluate(function)

    def _shown(self, value: Delayed, depth: int = 1) -> str:
        text = shown(value, depth=depth, colours=self.colours)
        if "«error" in text or "«repeated" in text:
            self.workspace.evaluator.services.shows_states()
        return text

    def _cell(self, text: str) -> Delayed:
        return self.workspace.evaluator.text_cell(text, os.getcwd(), self.scope)

    def _value(self, text: str) -> Value:
        if not text:
            raise UsageError("this command needs an expression", hint=":? lists the commands")
        return force(self._cell(text))

    # Commands

    def _add(self, argument: str) -> str:
        def add(evaluator: Evaluator, scope: dict[str, Delayed]) -> dict[str, Delayed]:
            added: dict[str, Delayed] = force(evaluator.text_cell(argument, os.getcwd(), scope))
            return added

        told = self._run(lambda: self._bring_in(self._value(argument)))
        self._made.append(add)
        return told

    def _bring_in(self, value: Value) -> str:
        """The attributes of a set become variables."""
        if value.__class__ is not dict:
            raise EvalError(f"expected a set but found {described(value)}")
        self.scope.update(value)
        self._brought = sorted_names(value)
        return f"Added {len(value)} variable{'' if len(value) == 1 else 's'}.\n"

    def _load(self, argument: str) -> str:
        if not argument:
            raise UsageError("':l' needs a path")
        return self.load(lambda evaluator: self._of_file(evaluator, argument))

    def load(self, value: Load) -> str:
        """Brings a value into scope, now and at each `:r`."""
        told = self._run(lambda: self._bring_in(value(self.workspace.evaluator)))
        self.loaded.append(value)
        self._made.append(lambda evaluator, scope: force(value(evaluator)))
        return told

    def _of_file(self, evaluator: Evaluator, path: str) -> Value:
        return called_with(value_of(evaluator, os.path.expanduser(path)), Arguments(evaluator, []))

    def _last_loaded(self, argument: str) -> str:
        if not self._brought:
            raise UsageError("nothing has been loaded yet", hint=":l, :lf and :a bring variables into scope")
        return "".join(f"{name}\n" for name in self._brought)

    def _load_flake(self, argument: str) -> str:
        if not argument:
            raise UsageError("':lf' needs a flake reference")
        reference = os.path.abspath(argument) if argument.startswith(".") else argument
        return self.load(lambda evaluator: self._flake(evaluator, reference))

    def _flake(self, evaluator: Evaluator, reference: str) -> Value:
        from lixeval.runtime.call import call1

        evaluator.settings.require("flakes")
        return call1(evaluator.table.resolve("getFlake"), reference)

    def _reload(self, argument: str) -> str:
        self.workspace = self._workspaces.first()
        loaded, self.loaded, self.scope, self._made, self._done = self.loaded, [], {}, [], []
        return "".join(self.load(value) for value in loaded)

    def _sprint(self, argument: str) -> str:
        def text() -> str:
            self.workspace.evaluator.services.shows_states()
            return explaining.as_evaluated(self.scope, argument)

        return self._run(text) + "\n"

    def _print(self, argument: str) -> str:
        def text() -> str:
            value = self._value(argument)
            if value.__class__ is str:
                return str(value)
            if value.__class__ is ContextString:
                return str(value.text)
            return self._shown(value, MAX_DEPTH)

        return self._run(text) + "\n"

    def _type(self, argument: str) -> str:
        return self._run(lambda: described(self._value(argument))) + "\n"

    def _document(self, argument: str) -> str:
        """The manual of a name, of a builtin that an expression gives, or of one of lib by its name."""
        from lixeval.cli.commands.doc import page
        from lixeval.cli.output.story import Painter
        from lixeval.teach.manual import entries, find

        found = entries(self.workspace.evaluator.table)
        named = find(found, argument)
        if not named or argument in self.scope:
            named = find(found, "builtins." + self._run(lambda: _builtin_name(self._value(argument))))
        painter = Painter(self.colours)
        return "\n\n".join("\n".join(page(entry, painter)) for entry in named) + "\n"

    def _derivations(self, argument: str) -> list[StorePath]:
        """The .drv paths that an expression describes, written."""
        from lixeval.evaluation.targets import targets_of

        found = self._run(lambda: [target.drv_path for target in targets_of(self._value(argument))])
        if not found or not all(found):
            raise EvalError("the expression does not evaluate to a derivation")
        return found

    def _install(self, argument: str) -> str:
        self._derivations(argument)
        raise UsageError(
            "lixeval keeps no profiles", hint=":bl EXPR leaves links to what it builds, :u EXPR has it in PATH"
        )

    def _edit(self, argument: str) -> str:
        place: list[tuple[str, int]] = []

        def find() -> str:
            place.append(_written_at(self._value(argument)))
            return ""

        self._run(find)
        file, line = place[0]
        editor = os.environ.get("EDITOR") or "cat"
        knows_lines = os.path.basename(editor.split()[0]) in ("vi", "vim", "nvim", "nano", "emacs", "kak")
        subprocess.run([*editor.split(), *([f"+{line}"] if knows_lines else []), file], check=False)
        return self._reload("")

    def _trace(self, argument: str) -> str:
        if argument not in ("", "true", "false"):
            raise UsageError("':te' takes true or false")
        self.show_trace = not self.show_trace if argument == "" else argument == "true"
        return "showing error traces\n" if self.show_trace else "not showing error traces\n"

    def _quit(self, argument: str) -> str:
        self.ended = True
        return ""

    # Completion

    def completions(self, before: str) -> Iterator[str]:
        """Texts that could stand in place of the last word of `before`: variables, or attributes behind a dot.

        What must be evaluated for that is; where that fails there are none.
        """
        word = before[len(before) - len(last_word(before)) :]
        subject, dot, start = word.rpartition(".")
        if not dot:
            names = {*self.scope, *self.workspace.evaluator.table.globals, *KEYWORDS}
            yield from sorted(name for name in names if name.startswith(word))
            return
        try:
            found = self._run(lambda: _attribute_names(self._value(subject)))
        except Exception:
            # An expression that fails has no attributes to offer; saying why would disturb what is being typed.
            return
        yield from (f"{subject}.{name}" for name in found if name.startswith(start))


def _is_told_before(error: BaseException) -> bool:
    """Whether an error is one of what was typed, which was found before anything was evaluated."""
    if isinstance(error, UsageError):
        return True
    if not isinstance(error, NixSyntaxError | UndefinedVariable) or error.span is None:
        return False
    return not error.span.source.is_file


def _needed(argument: str) -> str:
    if not argument:
        raise UsageError("this command needs an expression", hint=":? lists the commands")
    return argument


def _attribute_names(value: Value) -> list[str]:
    return [attribute_name(name) for name in sorted_names(value)] if value.__class__ is dict else []


def _builtin_name(value: Value) -> str:
    if value.__class__ not in FUNCTION_TYPES or not is_primop(value):
        raise EvalError("value does not have documentation")
    name: str = function_code(value).nix_name
    return name


def _written_at(value: Value) -> tuple[str, int]:
    """The file and line of what is to be edited: a path, a function, a package (its `meta.position`), a set."""
    from lixeval.runtime.code_info import written_place

    if value.__class__ is Path:
        return value.text, 1
    if value.__class__ in FUNCTION_TYPES and not is_primop(value):
        file, place = written_place(value)
        if not file.startswith("«"):
            return file, int(place.partition(":")[0])
    if value.__class__ is dict:
        meta = force(value["meta"]) if "meta" in value else {}
        if meta.__class__ is dict and "position" in meta:
            file, _, line = str(force(meta["position"])).rpartition(":")
            return file, whole(line) or 1
        for member in value.values():
            position = position_of(member)
            if position is not None and not position[0].startswith("«"):
                return position[0], position[1]
    raise EvalError(f"cannot tell where {described(value)} is written")
