"""The exceptions of lixeval: fields, not prose; formatted in one place (`lixeval.diagnostics`).

    LixevalError               E0000  anything that is the input's or the machine's fault, never a bug of ours
    ├── UsageError             E0001  the command line asks for something that cannot be
    ├── SystemFailure          E0002  the operating system refused something
    ├── NixSyntaxError         E0101  the text is not Nix
    │                          E0102  … a name is defined twice
    │                          E0103  … a computed name stands where none may
    │                          E0104  … a literal is none: a number too large, a path that ends in a slash
    │                          E0105  … it is nested too deeply
    ├── EvalError              E0400  evaluation failed
    │   │                      E0403  … division by zero
    │   │                      E0404  … an integer does not fit 64 bits
    │   │                      E0405  … an index or a size is out of bounds
    │   │                      E0406  … memory does not suffice
    │   │                      E0407  … a limit of the run (--max-steps, --max-time) is reached
    │   │                      E0601  … a file is missing or cannot be read
    │   ├── NixTypeError       E0301  a value of another type was expected
    │   │   │                  E0302  … something is called that is no function
    │   │   │                  E0305  … something cannot be made a string
    │   │   │                  E0306  … values of these types cannot be compared or added
    │   │   └── BadArguments   E0303  an argument set lacks what the function's formals ask for
    │   │                      E0304  … or has what they do not know
    │   ├── UndefinedVariable  E0201  a name that no scope binds
    │   ├── MissingAttribute   E0202  selection of an attribute that is not there
    │   ├── AccessForbidden    E0400  a file or URI that pure or restricted evaluation may not look at
    │   ├── InvalidPath        E0400  a store path that is not valid
    │   ├── InfiniteRecursion  E0401  a thunk was forced while it was being forced
    │   ├── StackOverflow      E0402  max-call-depth exceeded
    │   ├── AbortError         E0502  builtins.abort
    │   └── CatchableError            what builtins.tryEval catches
    │       ├── ThrownError    E0501  builtins.throw
    │       │   └── MissingPackage    … of a package that the host lacks
    │       ├── AssertionFailed E0503 assert
    │       └── SearchPathError E0203 <nixpkgs> that is not in the search path
    ├── FormatError            E0701  bytes that are not the NAR, .drv, narinfo, hash or store path they claim to be
    ├── StoreError             E0702  the store cannot do what was asked
    ├── BuildError             E0801  a build failed (exit code 100)
    │   ├── BuildTimeout       E0802  … took too long (101)
    │   ├── HashMismatch       E0803  … a fixed output has another hash (102)
    │   ├── NotDeterministic   E0804  … a second build gave another result (104)
    │   └── BuildRejected      E0805  … could not be begun here, or left what it must not (1)
    └── ImageError             E0901  an image cannot be made, read or written

The codes are stable: programs may test them and people may search for them.  A raise may say a more special one than
its class has (`code=`).  An exception that is not in this tree is a bug and surfaces as one.
"""

from __future__ import annotations

from lixeval.source import Source, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Frame:
    """One line of a Nix trace: what was being done (`while evaluating …`) and where.

    `always` marks a line that is shown without --show-trace too, `is_call` one whose place is that of a call.
    """

    __slots__ = ("always", "is_call", "message", "span")

    def __init__(self, message: str, span: Span | None = None, *, always: bool = False, is_call: bool = False) -> None:
        self.message = message
        self.span = span
        self.always = always
        self.is_call = is_call


class LixevalError(Exception):
    """`message` without a final period, the `span` to blame, a `hint` what to do next, the `trace` innermost first."""

    exit_code = 1
    code = "E0000"
    presentation: tuple[Callable[..., str], Callable[..., str]]
    """What makes text and JSON of an error: `lixeval.diagnostics.presentation` says so."""
    is_explained = False
    """Whether place, trace and hint have been completed from the traceback (`lixeval.diagnostics`)."""

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        trace: list[Frame] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.message = message
        self.span = span
        self.hint = hint
        self.trace: list[Frame] = trace if trace is not None else []

    def __str__(self) -> str:
        return self.message

    def render(self, *, show_trace: bool = False) -> str:
        """The text that the command shows, with place, hint and trace."""
        return self.presentation[0](self, show_trace=show_trace)

    def to_json(self) -> str:
        """The same as one JSON object on one line, as --error-format json has it."""
        return self.presentation[1](self)


FAILURES = (LixevalError, KeyError, TypeError, RecursionError)
"""What is raised where evaluation fails: Python's own exceptions stand for errors of Nix, which `diagnostics` names."""


class UsageError(LixevalError):
    """The command line asks for something that cannot be."""

    code = "E0001"


class SystemFailure(LixevalError):
    """The operating system refused something; the message is its own."""

    code = "E0002"

    @classmethod
    def of(cls, error: OSError) -> SystemFailure:
        """The system's own error as one of ours."""
        return cls(reason_of(error), hint=no_room_hint(error))


def no_room_hint(error: BaseException | str) -> str | None:
    """What to do where a disk is full; None for other failures."""
    full = str(error).lower()
    if "no space left" not in full and "quota exceeded" not in full and "disk is full" not in full:
        return None
    return "make room (lixeval store gc, lixeval --clear-cache), or name a folder on another disk with --store DIR"


def reason_of(error: BaseException) -> str:
    """What failed, in a line: of the system's errors its words and the file, without Python's number before them."""
    if not isinstance(error, OSError):
        return error.message if isinstance(error, LixevalError) else str(error)
    reason = error.strerror or str(error)
    return f"{reason}: '{error.filename}'" if error.filename else reason


class NixSyntaxError(LixevalError):
    """The text is not Nix; `span` is where the parser noticed, `culprit` where the mistake probably is.

    `is_unfinished` says that the text may become Nix when it goes on.
    """

    code = "E0101"
    culprit: Span | None = None
    is_unfinished = False


Place = tuple[str, int, int, int, int]
"""A span before its source is looked up: file, line, column, end line, end column."""


class EvalError(LixevalError):
    """Evaluation failed; `place` is where, if the code that raised knows better than the traceback.

    `refused` holds the value that was not accepted, where the code that raised has it at hand; `about` are the
    attributes, or texts, of an argument that the message is about.
    """

    code = "E0400"
    place: Place | None = None
    refused: tuple[object, ...] = ()
    about: tuple[str, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        trace: list[Frame] | None = None,
        code: str | None = None,
        about: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, span=span, hint=hint, trace=trace, code=code)
        if about:
            self.about = about


class NixTypeError(EvalError):
    """A value of another type was expected: `wanted` says which, with its article, where it is one of Nix's."""

    code = "E0301"
    wanted: str = ""


class BadArguments(NixTypeError):
    """An argument set does not match a function's formals; `known` are the formals' names, `name` the wrong one.

    The message begins with what was wrong with the call; whoever knows the `function` puts its name before it.
    """

    code = "E0303"
    known: tuple[str, ...] = ()
    name: str = ""
    function: str = ""


class MissingAttribute(EvalError):
    """Selection of an attribute that is not there; `name` was wanted, `present` are the names there, where known, and
    `lacking` is the set itself."""

    code = "E0202"
    name: str = ""
    present: tuple[str, ...] | None = None
    lacking: dict[str, object] | None = None


class UndefinedVariable(EvalError):
    """A `name` that no scope binds."""

    code = "E0201"
    name: str = ""


class AccessForbidden(EvalError):
    """A file, or a URI, that this evaluation may not look at."""


class InvalidPath(EvalError):
    """A store path that is not there, or not valid."""


class InfiniteRecursion(EvalError):
    """A thunk was forced while it was being forced; `cycle` names the thunks from that one back to itself."""

    code = "E0401"
    cycle: tuple[Frame, ...] = ()


class StackOverflow(EvalError):
    """Calls nested deeper than max-call-depth or than memory allows; `cycle` names those that call one another."""

    code = "E0402"
    cycle: tuple[Frame, ...] = ()


class AbortError(EvalError):
    """builtins.abort."""

    code = "E0502"


class CatchableError(EvalError):
    """What builtins.tryEval catches."""


class ThrownError(CatchableError):
    """builtins.throw."""

    code = "E0501"


class MissingPackage(ThrownError):
    """A package that would be taken from the host, which lacks it.

    `asked` has what is said of each that was asked for, by the package set's names, of which `name` is the first;
    `known(NAME)` tells of any name what `lixeval.host.describe` answers to known/NAME.  `sources` are the user's own
    that were read.
    """

    name: str = ""
    sources: Sequence[Source] = ()
    known: Callable[[str], dict[str, object]] | None = None

    def __init__(self, message: str, asked: dict[str, dict[str, object]]) -> None:
        super().__init__(message)
        self.name = next(iter(asked))
        self.asked = asked


class AssertionFailed(CatchableError):
    """assert; of `assert a == b`, `path` says where in the two values they differ, `sides` where that is written."""

    code = "E0503"
    path: str = ""
    sides: tuple[tuple[str, int, int] | None, tuple[str, int, int] | None] = (None, None)


class SearchPathError(CatchableError):
    """<name> that is not in the search path."""

    code = "E0203"


class FormatError(LixevalError):
    """Bytes that are not what they claim to be."""

    code = "E0701"


class StoreError(LixevalError):
    """The store cannot do what was asked."""

    code = "E0702"


class DatabaseError(StoreError):
    """The store's database could not be asked: that says nothing of what was evaluated."""


class BuildError(LixevalError):
    """A build failed; `drv_path` names the derivation, `log_tail` its last lines, `log_path` where the whole log is."""

    code = "E0801"
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

    code = "E0802"
    exit_code = 101


class HashMismatch(BuildError):
    """A fixed output has another hash than the one declared."""

    code = "E0803"
    exit_code = 102


class NotDeterministic(BuildError):
    """A second build gave another result."""

    code = "E0804"
    exit_code = 104


class BuildRejected(BuildError):
    """No builder failed: the derivation cannot be built here, or what was built is not what it may be."""

    code = "E0805"
    exit_code = 1


class ImageError(LixevalError):
    """An image cannot be made, read or written."""

    code = "E0901"
