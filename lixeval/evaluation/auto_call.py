"""Calling a function file with what it asks for, and choosing attributes by path (-A).

C++: `EvalState::autoCallFunction`, `findAlongAttrPath` in attr-path.cc; the supply of `nix2container` and the reading
of a bare word as a string are lixeval's own.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError, MissingAttribute, NixSyntaxError, NixTypeError, UndefinedVariable, UsageError
from lixeval.evaluation.evaluator import Evaluator
from lixeval.formats.nix_text import KEYWORDS
from lixeval.runtime.call import call1
from lixeval.runtime.code_info import formals_of, takes_more
from lixeval.runtime.thunks import COMPUTE, force
from lixeval.runtime.values import Delayed, Value
from lixeval.system.directories import EMBEDDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.runtime.code_info import Formal

_LONGEST_INDEX = 19


class Arguments:
    """The --arg and --argstr of a run, made into values when they are first needed."""

    def __init__(self, evaluator: Evaluator, given: list[tuple[str, str, bool]]) -> None:
        self.evaluator = evaluator
        self.given: dict[str, Delayed] = {}
        for name, text, is_string in given:
            self.given[name] = text if is_string else self._expression(name, text)

    def _expression(self, name: str, text: str) -> Delayed:
        """`--arg NAME EXPR`; what does not parse is told apart from what fails later."""
        word = _word(text)
        if word and word not in self.evaluator.table.global_names:
            return text  # a variable that nothing binds: known without loading the parser
        try:
            return self.evaluator.text_cell(text, os.getcwd())
        except UndefinedVariable:
            if _is_bare_word(text):
                return text
            raise
        except EvalError:
            raise
        except Exception as error:
            if isinstance(error, NixSyntaxError):
                error.message = f"the value of --arg {name} is no Nix expression: {error.message}"
                error.hint = error.hint or f"for a string write --argstr {name} '{text}'"
            raise

    def nix2container(self) -> Value:
        """nix2container's functions, over the package set that the file is given or would take."""
        scope: dict[str, Delayed] = {"pkgs": self.given["pkgs"]} if "pkgs" in self.given else {}
        pkgs = "pkgs" if scope else "import <nixpkgs> { }"
        text = f"import {EMBEDDED}/nix2container.nix {{ pkgs = {pkgs}; }}"
        return self.evaluator.text(text, "/", scope)


def _word(text: str) -> str:
    """The variable that a bare word like "latest", "a-b" or "v1.2" begins with; "" for other texts."""
    word, *numbers = text.split(".")
    plain = word.isascii() and word[:1].isalpha() and word.replace("-", "").isalnum() and word not in {*KEYWORDS, "or"}
    return word if plain and all(number.isdecimal() for number in numbers) else ""


def _is_bare_word(text: str) -> bool:
    """Whether a text is one word of letters, digits and `_ . + -`, as tags and versions are."""
    return text[0].isalnum() and text.translate(dict.fromkeys(map(ord, "_.+-"))).isalnum()


def called_with(value: Delayed, arguments: Arguments) -> Value:
    """`value` called with the arguments it asks for, if it is a function with formals (or a set that is callable)."""
    value = force(value)
    while value.__class__ is dict and "__functor" in value:
        value = call1(value["__functor"], value)
    formals = formals_of(value)
    if formals is None:
        return value
    chosen: dict[str, Delayed] = {}
    missing: list[str] = []
    for name, optional, _ in formals:
        if name in arguments.given:
            chosen[name] = arguments.given[name]
        elif not optional and name == "nix2container":
            chosen[name] = [COMPUTE, arguments.nix2container]
        elif not optional:
            missing.append(name)
    if missing:
        raise _missing_argument(missing[0], formals)
    if takes_more(value):
        chosen = arguments.given | chosen
    return call1(value, chosen)


def _missing_argument(name: str, formals: tuple[Formal, ...]) -> EvalError:
    error = EvalError(
        f"cannot evaluate a function that has an argument without a value ('{name}')",
        hint=f"give it one with --arg {name} EXPRESSION or --argstr {name} TEXT",
    )
    for formal, _, position in formals:
        if formal == name and position is not None:
            file, line, column = position
            error.place = (file, line, column, line, column + len(name))
    return error


# Attribute paths


def selected(value: Delayed, path: str, arguments: Arguments) -> Delayed:
    """The value at an attribute path such as `a."b.c".0`; functions on the way, not at its end, are called."""
    return selected_by_names(value, split_path(path), path, arguments)


def selected_by_names(value: Delayed, names: list[str], path: str, arguments: Arguments) -> Delayed:
    """As `selected`, the path split already; a number selects from a list.  Errors speak of `path`."""
    for name in names:
        value = _member(called_with(value, arguments), name, path)
    return value


class Whole:
    """What attributes are selected from, one after the other: what `evaluate` gives.

    Nix calls a function anew for each of them, so each package of a set has all others that it needs evaluated again.
    Here it is called once, while nobody can tell: what says something says it again for each attribute that asks for
    it, and code that is as lazy as C++ Nix's shows how far it was evaluated.
    """

    def __init__(self, evaluate: Callable[[], Value], arguments: Arguments) -> None:
        self._given: Delayed = [COMPUTE, evaluate]
        self._arguments = arguments
        self._called: Value = None
        self._said = -1
        """How many lines had been said before it was called."""

    def selected(self, path: str) -> Delayed:
        """As the function of that name."""
        names = split_path(path)
        if not names:
            return force(self._given)
        return selected_by_names(_member(self._result(), names[0], path), names[1:], path, self._arguments)

    def _result(self) -> Value:
        evaluator = self._arguments.evaluator
        if self._said != evaluator.said or evaluator.faithful:
            said = evaluator.said
            self._called = called_with(self._given, self._arguments)
            self._said = said
        return self._called


def _member(whole: Value, name: str, path: str) -> Delayed:
    if name.isascii() and name.isdecimal() and len(name) < _LONGEST_INDEX:
        return _element(whole, int(name), path)
    return _attribute(whole, name, path)


def _element(whole: Value, index: int, path: str) -> Delayed:
    if whole.__class__ is not tuple:
        raise _not_selectable("a list", whole, path)
    if index >= len(whole):
        raise EvalError(f"list index {index} in selection path '{path}' is out of range")
    return whole[index]


def _attribute(whole: Value, name: str, path: str) -> Delayed:
    if whole.__class__ is not dict:
        raise _not_selectable("a set", whole, path)
    if not name:
        raise EvalError(f"empty attribute name in selection path '{path}'")
    if name not in whole:
        error = MissingAttribute(f"attribute '{name}' in selection path '{path}' not found")
        error.name, error.present = name, tuple(whole)
        raise error
    return whole[name]


def _not_selectable(wanted: str, found: Value, path: str) -> NixTypeError:
    from lixeval.runtime.faults import described

    return NixTypeError(
        f"the expression selected by the selection path '{path}' should be {wanted} but is {described(found)}"
    )


def split_path(path: str) -> list[str]:
    """The names of an attribute path; names with dots stand in quotes.  One that is empty at the end is none."""
    names: list[str] = []
    current = ""
    quoted = False
    for character in path:
        if character == '"':
            quoted = not quoted
        elif character == "." and not quoted:
            names.append(current)
            current = ""
        else:
            current += character
    if quoted:
        raise UsageError(f"missing closing quote in selection path '{path}'")
    if current:
        names.append(current)
    return names
