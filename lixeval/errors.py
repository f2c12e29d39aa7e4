"""The exceptions of lixeval: fields, not prose; formatted in one place (`lixeval.diagnostics`).

    LixevalError                      anything that is the input's or the machine's fault, never a bug of ours
    ├── UsageError                    the command line asks for something that cannot be
    ├── NixSyntaxError                the text is not Nix
    ├── EvalError                     evaluation failed
    │   ├── NixTypeError              a value of another type was expected
    │   │   └── BadArguments          an argument set does not match the function's formals
    │   ├── MissingAttribute          selection of an attribute that is not there
    │   ├── UndefinedVariable         a name that no scope binds
    │   ├── InfiniteRecursion         a thunk was forced while it was being forced
    │   ├── StackOverflow             max-call-depth exceeded
    │   ├── AbortError                builtins.abort
    │   └── CatchableError            what builtins.tryEval catches
    │       ├── ThrownError           builtins.throw
    │       ├── AssertionFailed       assert
    │       └── SearchPathError       <nixpkgs> that is not in the search path
    ├── FormatError                   bytes that are not the NAR, .drv, narinfo, hash or store path they claim to be
    ├── StoreError                    the store cannot do what was asked
    ├── BuildError                    a build failed (exit code 100)
    │   ├── BuildTimeout              … took too long (101)
    │   ├── HashMismatch              … a fixed output has another hash (102)
    │   └── NotDeterministic          … a second build gave another result (104)
    └── ImageError                    an image cannot be made, read or written

An exception that is not in this tree is a bug and surfaces as one.
"""

from __future__ import annotations

from lixeval.source import Span


class Frame:
    """One line of a Nix trace: what was being done (`while evaluating …`) and where."""

    __slots__ = ("message", "span")

    def __init__(self, message: str, span: Span | None = None) -> None:
        self.message = message
        self.span = span


class LixevalError(Exception):
    """`message` without a final period, the `span` to blame, a `hint` what to do next, the `trace` innermost first."""

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        trace: list[Frame] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.trace: list[Frame] = trace if trace is not None else []

    def __str__(self) -> str:
        return self.message


class UsageError(LixevalError):
    """The command line asks for something that cannot be."""


class NixSyntaxError(LixevalError):
    """The text is not Nix."""


Place = tuple[str, int, int, int, int]
"""A span before its source is looked up: file, line, column, end line, end column."""


class EvalError(LixevalError):
    """Evaluation failed; `place` is where, if the code that raised knows better than the traceback."""

    place: Place | None = None


class NixTypeError(EvalError):
    """A value of another type was expected."""


class BadArguments(NixTypeError):
    """An argument set does not match a function's formals; `known` are the formals' names, `name` the wrong one."""

    known: tuple[str, ...] = ()
    name: str = ""


class MissingAttribute(EvalError):
    """Selection of an attribute that is not there; `name` was wanted, `present` are the names that are there."""

    name: str = ""
    present: tuple[str, ...] = ()


class UndefinedVariable(EvalError):
    """A name that no scope binds."""


class InfiniteRecursion(EvalError):
    """A thunk was forced while it was being forced."""


class StackOverflow(EvalError):
    """Calls nested deeper than max-call-depth or than memory allows."""


class AbortError(EvalError):
    """builtins.abort."""


class CatchableError(EvalError):
    """What builtins.tryEval catches."""


class ThrownError(CatchableError):
    """builtins.throw."""


class AssertionFailed(CatchableError):
    """assert."""


class SearchPathError(CatchableError):
    """<name> that is not in the search path."""


class FormatError(LixevalError):
    """Bytes that are not what they claim to be."""


class StoreError(LixevalError):
    """The store cannot do what was asked."""


class BuildError(LixevalError):
    """A build failed; `drv_path` names the derivation, `log_tail` its last lines, `log_path` where the whole log is."""

    exit_code = 100

    def __init__(
        self,
        message: str,
        *,
        drv_path: str | None = None,
        log_tail: tuple[str, ...] = (),
        log_path: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.drv_path = drv_path
        self.log_tail = log_tail
        self.log_path = log_path


class BuildTimeout(BuildError):
    """A build ran longer than --timeout or was silent longer than --max-silent-time."""

    exit_code = 101


class HashMismatch(BuildError):
    """A fixed output has another hash than the one declared."""

    exit_code = 102


class NotDeterministic(BuildError):
    """A second build gave another result."""

    exit_code = 104


class ImageError(LixevalError):
    """An image cannot be made, read or written."""
