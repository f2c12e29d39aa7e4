"""Derivations: the .drv format, and the paths that follow from it.

    derivation = 'Derive(' outputs ',' inputs ',' sources ',' platform ',' builder ',' arguments ',' environment ')'
    outputs     = list of (name, path, [method] algorithm, base16 hash)      the last two empty unless fixed
    inputs      = list of (path of a .drv, list of output names)
    sources     = list of store paths
    arguments   = list of strings
    environment = list of (name, value)

Lists are sorted by byte; `aterm` has the spelling of strings.  A .drv file is a text in the store, so its own path
follows from its contents and inputs (`drv_path`).  Where an *output* goes depends on what the derivation is, not on
how its sources happened to be fetched: every input .drv is replaced by its `hash_modulo`, and fixed outputs count only
by their hash.  `complete` does all of this for a derivation that has just been written.

Nix manual, "Derivation" and "Derivation ATerm format"; C++: derivations.cc (`parseDerivation`, `unparse`,
`hashDerivationModulo`, `checkInvariants`).
"""

from __future__ import annotations

from lixeval.errors import FormatError
from lixeval.formats import store_path
from lixeval.formats.aterm import Cursor, quote, quote_all, quote_pairs
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.hashes import Hash, parse_unprefixed, sha256
from lixeval.formats.store_path import StorePath

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Final, TypeVar

    Item = TypeVar("Item")
    K = TypeVar("K", bound=str)

IMPURE = "impure"
"""What stands in the place of an output's hash where every build may give another output."""

UNKNOWN = StorePath("")
"""What stands in the place of an output's path that nobody knows yet."""

_OUT = ("out",)
"""What nearly all who use a derivation use of it."""

_METHODS = {"": "flat", "r": "recursive", "text": "text", "git": "git"}


class Output:
    """Where an output goes, and for a fixed one what it must be.

    `hash_algorithm` is as written: "" or an algorithm behind its method ("sha256" flat, "r:sha256" recursive …);
    `hash` is base 16.  The `path` may be `UNKNOWN` as yet.  An algorithm without a hash says that the output will be
    named by its content, and so does one with `IMPURE`.
    """

    __slots__ = ("hash", "hash_algorithm", "path")

    def __init__(self, path: StorePath, hash_algorithm: str = "", hash: str = "") -> None:
        self.path: Final = path
        self.hash_algorithm: Final = hash_algorithm
        self.hash: Final = hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Output) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        return f"Output{self._fields()!r}"

    def _fields(self) -> tuple[str, str, str]:
        return (self.path, self.hash_algorithm, self.hash)

    @property
    def is_fixed(self) -> bool:
        """Whether its hash is declared."""
        return self.hash not in ("", IMPURE)

    @property
    def method(self) -> str:
        """How the content is hashed: "flat", "recursive", "text" or "git"."""
        return _METHODS[self.hash_algorithm.rpartition(":")[0]]

    @property
    def content_hash(self) -> Hash:
        """The declared hash of a fixed output."""
        return parse_unprefixed(self.hash, self.hash_algorithm.rpartition(":")[2])


_OPEN = Output(UNKNOWN)
"""An output of which nothing is declared, and that has no path yet."""


class Derivation:
    """What to run, with what, to make which outputs; treat it as a value and change it by `with_outputs`.

    `input_derivations` maps the path of a .drv to the names of its outputs that are used.
    """

    __slots__ = ("arguments", "builder", "environment", "input_derivations", "input_sources", "outputs", "platform")

    def __init__(
        self,
        outputs: Mapping[str, Output],
        input_derivations: Mapping[StorePath, tuple[str, ...]],
        input_sources: tuple[StorePath, ...],
        platform: str,
        builder: str,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
    ) -> None:
        self.outputs: Final = outputs
        self.input_derivations: Final = input_derivations
        self.input_sources: Final = input_sources
        self.platform: Final = platform
        self.builder: Final = builder
        self.arguments: Final = arguments
        self.environment: Final = environment

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Derivation):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.builder, self.arguments, self.input_sources))

    def __repr__(self) -> str:
        return f"Derivation({', '.join(f'{name}={getattr(self, name)!r}' for name in self.__slots__)})"

    @property
    def fixed_output(self) -> Output | None:
        """The one output whose hash is declared, if that is what this derivation has."""
        output = self.outputs.get("out")
        return output if output is not None and output.is_fixed and len(self.outputs) == 1 else None

    def inputs(self) -> set[StorePath]:
        """What the .drv file refers to: input sources and input derivations."""
        return {*self.input_sources, *self.input_derivations}

    def references(self) -> list[StorePath]:
        """The same, sorted."""
        return sorted(self.inputs())

    def with_outputs(self, paths: Mapping[str, StorePath]) -> Derivation:
        """This derivation with the outputs' paths filled in, in `outputs` and in the environment."""
        outputs = {name: Output(paths[name], old.hash_algorithm, old.hash) for name, old in self.outputs.items()}
        environment = {**self.environment, **paths}
        inputs = self.input_derivations, self.input_sources
        return Derivation(outputs, *inputs, self.platform, self.builder, self.arguments, environment)


class ModuloHash:
    """What stands for a derivation among the inputs of another: see `hash_modulo`.

    `deferred` says that output paths cannot be known before something is built.
    """

    __slots__ = ("base16", "deferred", "hash", "outputs")

    def __init__(self, hash: Hash, outputs: Iterable[str], deferred: bool = False) -> None:
        self.hash: Final = hash
        self.base16: Final = hash.base16  # which each derivation that uses this one has in its text
        self.outputs: Final = frozenset(outputs)
        self.deferred: Final = deferred


class Completed:
    """A derivation with its output paths, the bytes and path of its .drv, and its hash modulo fixed outputs."""

    __slots__ = ("contents", "derivation", "drv_path", "modulo")

    def __init__(self, derivation: Derivation, contents: bytes, drv_path: StorePath, modulo: ModuloHash) -> None:
        self.derivation: Final = derivation
        self.contents: Final = contents
        self.drv_path: Final = drv_path
        self.modulo: Final = modulo


# Reading


def parse(data: bytes, path: str = "") -> Derivation:
    """The derivation that `data` spells; `FormatError` with the offset where it spells none, or a senseless one.

    The error names the `path`, if one is given.
    """
    cursor = Cursor(text_of(data), f"derivation '{path}'" if path else "derivation")
    if cursor.at("DrvWithVersion("):
        raise cursor.refuse("this derivation needs dynamic derivations, an experimental feature of Nix")
    cursor.expect("Derive(")
    outputs = _unique(cursor, cursor.items(lambda: _parse_output(cursor)))
    cursor.expect(",")
    inputs = _unique(cursor, cursor.items(lambda: _parse_input(cursor)))
    cursor.expect(",")
    sources = cursor.strings()
    cursor.expect(",")
    platform = cursor.string()
    cursor.expect(",")
    builder = cursor.string()
    cursor.expect(",")
    arguments = cursor.strings()
    cursor.expect(",")
    environment = _unique(cursor, cursor.items(lambda: _parse_variable(cursor)))
    cursor.expect(")")
    cursor.end()
    if any(output.is_fixed for output in outputs.values()) and list(outputs) != ["out"]:
        raise cursor.refuse("a derivation with a fixed output must have this one output, named 'out'")
    used = tuple(sorted({store_path.checked(path) for path in sources}))
    return Derivation(outputs, inputs, used, platform, builder, tuple(arguments), environment)


def _unique(cursor: Cursor, pairs: list[tuple[K, Item]]) -> dict[K, Item]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise cursor.fail("a name is given twice in the list that ends")
    return found


def _parse_output(cursor: Cursor) -> tuple[str, Output]:
    start = cursor.position
    name, path, algorithm, content_hash = cursor.fields(4)
    output = Output(StorePath(path), algorithm, content_hash)
    try:
        _check_output(output)
    except FormatError as error:
        raise cursor.fail(f"output '{name}' is not valid: {error}", start) from None
    return name, output


def _check_output(output: Output) -> None:
    """An output's path is a store path or not known yet; a hash has a known method and the algorithm's length."""
    if output.hash_algorithm.rpartition(":")[0] not in _METHODS:
        raise FormatError(f"'{output.hash_algorithm}' names no method known")
    if output.path:
        store_path.parse(output.path)
    elif output.is_fixed:
        raise FormatError("a fixed output has no path")
    if output.is_fixed:
        parse_unprefixed(output.hash, output.hash_algorithm.rpartition(":")[2])


def _parse_input(cursor: Cursor) -> tuple[StorePath, tuple[str, ...]]:
    start = cursor.position
    cursor.expect("(")
    path = cursor.string()
    cursor.expect(",")
    names = cursor.strings()
    cursor.expect(")")
    if not path.endswith(".drv") or not store_path.is_store_path(path):
        raise cursor.fail(f"input '{path}' is not the store path of a derivation", start)
    return path, tuple(sorted(set(names)))


def _parse_variable(cursor: Cursor) -> tuple[str, str]:
    name, value = cursor.fields(2)
    return name, value


# Writing


def unparse(derivation: Derivation) -> bytes:
    """The bytes of the .drv file."""
    head, tail = _around_inputs(derivation)
    return bytes_of(head + _inputs(derivation.input_derivations) + tail)


def drv_path(name: str, derivation: Derivation, contents: bytes) -> StorePath:
    """The path of the .drv file of a derivation called `name`, whose text are the contents."""
    return store_path.text_path(f"{name}.drv", Hash("sha256", sha256(contents)), derivation.inputs())


def _around_inputs(derivation: Derivation) -> tuple[str, str]:
    """The text before the inputs and after them: the parts that stay when the inputs are replaced by hashes."""
    return _before_inputs(derivation.outputs), _after_inputs(derivation, derivation.environment)


def _before_inputs(outputs: Mapping[str, Output]) -> str:
    terms = [
        f'({quote(name)},"{output.path}","{output.hash_algorithm}","{output.hash}")'
        for name, output in ((name, outputs[name]) for name in _sorted(outputs))
    ]
    return f"Derive([{','.join(terms)}],["


def _after_inputs(derivation: Derivation, environment: Mapping[str, str]) -> str:
    sources = quote_all(sorted(derivation.input_sources))
    # C++ Nix escapes nothing in the platform.
    platform, builder = f'"{derivation.platform}"', quote(derivation.builder)
    variables = quote_pairs([(name, environment[name]) for name in _sorted(environment)])
    return f"],{sources},{platform},{builder},{quote_all(derivation.arguments)},{variables})"


def _inputs(inputs: Mapping[K, Iterable[str]]) -> str:
    """The inputs, each under its path or, to be hashed, under what stands for it."""
    return ",".join(
        [
            f'("{path}",["out"])' if inputs[path] == _OUT else f'("{path}",{quote_all(sorted(inputs[path]))})'
            for path in sorted(inputs)
        ]
    )


def _sorted(names: Iterable[str]) -> list[str]:
    """`names` in the order of their bytes, which is that of the characters except beyond ASCII."""
    in_order = sorted(names)
    if not "".join(in_order).isascii():
        in_order.sort(key=bytes_of)
    return in_order


# Hashing


def hash_modulo(derivation: Derivation, input_hash: Callable[[StorePath], ModuloHash]) -> ModuloHash:
    """What identifies a derivation to those that use it.

    A fixed output is identified by its hash and path alone: who fetches it and from where does not matter.  Any
    other derivation is identified by its own text, with each input .drv replaced by that one's hash modulo, which
    `input_hash` gives for a path.
    """
    fixed = derivation.fixed_output
    if fixed is not None:
        return ModuloHash(_hash_text(fixed_text(fixed)), ("out",))
    text, deferred = identifying_text(derivation, input_hash)
    deferred = deferred or any(not output.path for output in derivation.outputs.values())
    return ModuloHash(_hash_text(text), derivation.outputs, deferred)


def identifying_text(derivation: Derivation, input_hash: Callable[[StorePath], ModuloHash]) -> tuple[str, bool]:
    """The text whose sha256 stands for a derivation: its own, each input .drv replaced by that one's hash modulo; and
    whether an input's is not known before something is built.  Without its outputs' paths, these follow from it.
    """
    inputs, deferred = _hashed_inputs(derivation, input_hash)
    head, tail = _around_inputs(derivation)
    return head + inputs + tail, deferred


def _hash_text(text: str) -> Hash:
    return Hash("sha256", sha256(bytes_of(text)))


def fixed_text(output: Output) -> str:
    """The text whose sha256 stands for a derivation with a fixed output: who makes it does not matter."""
    return f"fixed:out:{output.hash_algorithm}:{output.content_hash.base16}:{output.path}"


def _hashed_inputs(derivation: Derivation, input_hash: Callable[[StorePath], ModuloHash]) -> tuple[str, bool]:
    """The inputs under their hashes, and whether one of them is deferred; inputs of the same hash become one."""
    used: dict[str, Iterable[str]] = {}
    deferred = False
    for path, names in derivation.input_derivations.items():
        modulo = input_hash(path)
        if not ("out" in modulo.outputs if names == _OUT else modulo.outputs.issuperset(names)):
            missing = sorted({*names} - modulo.outputs)
            raise FormatError(f"derivation '{path}' does not have an output named '{missing[0]}'")
        hash_text = modulo.base16
        used[hash_text] = {*used[hash_text], *names} if hash_text in used else names
        if modulo.deferred:
            deferred = True
    return _inputs(used), deferred


def complete(name: str, derivation: Derivation, input_hash: Callable[[StorePath], ModuloHash]) -> Completed:
    """Everything that follows from a derivation whose output paths are not known yet.

    Whatever the outputs' paths in `derivation` are, they are computed anew; `name` is without ".drv".
    """
    fixed = derivation.fixed_output
    if fixed is not None:
        path = store_path.fixed_output_path(name, fixed.method, fixed.content_hash)
        filled = derivation.with_outputs({"out": path})
        contents = unparse(filled)
        return Completed(filled, contents, drv_path(name, filled, contents), hash_modulo(filled, input_hash))
    inputs, deferred = _hashed_inputs(derivation, input_hash)
    floating = any(output.hash_algorithm for output in derivation.outputs.values())
    if deferred or floating:
        masked = derivation.with_outputs(dict.fromkeys(derivation.outputs, UNKNOWN))
        if floating:
            masked = _with_placeholders(masked)
        contents = unparse(masked)
        head, tail = _around_inputs(masked)
        modulo = ModuloHash(_hash_text(head + inputs + tail), masked.outputs, True)
        return Completed(masked, contents, drv_path(name, masked, contents), modulo)
    return _complete_input_addressed(name, derivation, inputs)


def _with_placeholders(derivation: Derivation) -> Derivation:
    """What the builder is told of outputs whose paths follow from what it puts there."""
    paths = {output: store_path.placeholder(output) for output in derivation.outputs}
    environment = {**derivation.environment, **paths}
    inputs = derivation.input_derivations, derivation.input_sources
    return Derivation(
        derivation.outputs, *inputs, derivation.platform, derivation.builder, derivation.arguments, environment
    )


def _complete_input_addressed(name: str, derivation: Derivation, inputs: str) -> Completed:
    """`complete` for outputs that are named by what makes them.

    The text is needed thrice: without the outputs' paths to find them, with them as the .drv, and with them but with
    hashed inputs as what stands for it elsewhere.  What is long of it, the environment, is made once, with the outputs'
    names between NULs for the paths.
    """
    marks = {output: f"\0{output}\0" for output in derivation.outputs}
    marked = _after_inputs(derivation, {**derivation.environment, **marks})
    if marked.count("\0") != 2 * len(marks):
        raise FormatError(f"derivation '{name}' has a NUL byte in a string")
    head = _before_inputs(dict.fromkeys(marks, _OPEN))
    own_hash = _hash_text(f"{head}{inputs}{_with_paths(marked, marks, dict.fromkeys(marks, UNKNOWN))}")
    paths = {output: store_path.output_path(own_hash, output, name) for output in marks}
    filled = derivation.with_outputs(paths)
    head = _before_inputs(filled.outputs)
    tail = _with_paths(marked, marks, paths)
    contents = bytes_of(f"{head}{_inputs(filled.input_derivations)}{tail}")
    modulo = ModuloHash(_hash_text(f"{head}{inputs}{tail}"), filled.outputs)
    return Completed(filled, contents, drv_path(name, filled, contents), modulo)


def _with_paths(text: str, marks: Mapping[str, str], paths: Mapping[str, StorePath]) -> str:
    """The text with outputs' paths for the marks that stand for them."""
    for output, mark in marks.items():
        text = text.replace(mark, paths[output])
    return text


def fill_output_paths(name: str, derivation: Derivation, input_hash: Callable[[StorePath], ModuloHash]) -> Derivation:
    """`derivation` with the paths of its outputs: `complete` for who wants nothing else."""
    return complete(name, derivation, input_hash).derivation


def check_output_paths(name: str, derivation: Derivation, input_hash: Callable[[StorePath], ModuloHash]) -> None:
    """Raise `FormatError` unless the paths in a .drv that came from elsewhere are those that follow from it."""
    right = fill_output_paths(name, derivation, input_hash)
    for output, claimed in derivation.outputs.items():
        expected = right.outputs[output].path
        if claimed.path != expected:
            raise FormatError(f"derivation '{name}' has incorrect output '{claimed.path}', should be '{expected}'")
        if output in derivation.environment and derivation.environment[output] != expected:
            raise FormatError(
                f"derivation '{name}' has incorrect environment variable '{output}', should be '{expected}'"
            )


def to_json(name: str, derivation: Derivation) -> dict[str, object]:
    """The derivation as `nix derivation show` prints it, ready for `json.dumps(…, sort_keys=True)`."""
    return {
        "args": list(derivation.arguments),
        "builder": derivation.builder,
        "env": dict(derivation.environment),
        "inputDrvs": {
            path: {"dynamicOutputs": {}, "outputs": list(names)} for path, names in derivation.input_derivations.items()
        },
        "inputSrcs": list(derivation.input_sources),
        "name": name,
        "outputs": {output: _output_to_json(value) for output, value in derivation.outputs.items()},
        "system": derivation.platform,
    }


def _output_to_json(output: Output) -> dict[str, object]:
    shown: dict[str, object] = {"path": output.path} if output.path else {}
    if output.hash_algorithm:
        shown["method"] = {"recursive": "nar"}.get(output.method, output.method)
        shown["hashAlgo"] = output.hash_algorithm.rpartition(":")[2]
    if output.hash == IMPURE:
        shown["impure"] = True
    elif output.hash:
        shown["hash"] = output.hash
    return shown
