"""What Nix's values are in Python, and which of Python's are Nix's.

    Nix                  Python                       back
    int, float, bool     int, float, bool             an int has 64 bits
    null                 None
    string               str; its context is left     bytes that are UTF-8 are a string too
    path                 pathlib.PurePosixPath        any os.PathLike, made absolute
    list                 tuple                        list, tuple
    set                  frozendict                   any Mapping whose keys are str
    derivation           `Derivation`                 the same
    function             `Function`                   the same

Strings hold the bytes of Nix's: what is no UTF-8 is in them as surrogates (the error handler "surrogateescape").

A set or list that is met again inside itself is there an `AttributeSet` or a `List`, which give what is in them when it
is asked for; so are all where a lazy value was wanted.  One that is used in several places is one object in Python too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeVar

from frozendict import frozendict

from lixeval.environment.machine import as_text
from lixeval.errors import NixTypeError
from lixeval.evaluation.targets import is_derivation
from lixeval.runtime.call import call1, is_callable
from lixeval.runtime.nesting import MAX_NESTING, endless
from lixeval.runtime.showing import function_text
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force
from lixeval.runtime.values import INT_MAX, INT_MIN, ContextString, Delayed, Path, Value, sorted_names

T = TypeVar("T")

Run = Callable[[Callable[[], Any]], Any]
"""Evaluates deep, in the session that a value comes from."""


class Held:
    """A Nix value that stays one, and is asked by evaluating."""

    __slots__ = ("_nix", "_run")

    def __init__(self, nix: Value, run: Run) -> None:
        self._nix = nix
        self._run = run

    def _lazily(self, delayed: Callable[[], Delayed]) -> Any:
        return self._run(lambda: lazily(delayed(), self._run))


class AttributeSet(Held, Mapping[str, Any]):
    """A set whose attributes are evaluated when they are asked for; sets and lists in it are lazy as well."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        delayed = self._nix[name]  # a KeyError is Python's own
        return self._lazily(lambda: delayed)

    def __contains__(self, name: object) -> bool:
        return name in self._nix

    def __iter__(self) -> Iterator[str]:
        return iter(sorted_names(self._nix))

    def __len__(self) -> int:
        return len(self._nix)

    def __eq__(self, other: object) -> bool:
        return (isinstance(other, AttributeSet) and self._nix is other._nix) or Mapping.__eq__(self, other)

    __hash__ = None  # type: ignore[assignment]  # as that of a dict: it would have to evaluate all

    def __repr__(self) -> str:
        return f"<Nix set: {_some(sorted_names(self._nix))}>"


class List(Held, Sequence[Any]):
    """A list whose elements are evaluated when they are asked for; sets and lists in it are lazy as well."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple([self[number] for number in range(len(self))[index]])
        delayed = self._nix[index]
        return self._lazily(lambda: delayed)

    def __len__(self) -> int:
        return len(self._nix)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, List) and self._nix is other._nix:
            return True
        return isinstance(other, List | tuple) and len(self) == len(other) and all(map(_equal, self, other))

    __hash__ = None  # type: ignore[assignment]  # it would have to evaluate all

    def __repr__(self) -> str:
        return f"<Nix list of {len(self._nix)}>"


class Function(Held):
    """A function of one argument, which may be any of Python's values that `to_nix` takes."""

    __slots__ = ()

    def __call__(self, argument: Any) -> Any:
        """The result, fully evaluated."""
        given = to_nix(argument, "the argument")
        return self._run(lambda: to_python(call1(self._nix, given), self._run))

    def __repr__(self) -> str:
        return function_text(self._nix)


class Derivation(Held):
    """A derivation: what a build will make, and under which paths.  Two with the same paths are equal."""

    __slots__ = ("_drv_path",)

    def __init__(self, nix: Value, run: Run) -> None:
        super().__init__(nix, run)
        self._drv_path = ""

    @property
    def attributes(self) -> AttributeSet:
        """All its attributes, lazily: `attributes["meta"]["description"]`."""
        return AttributeSet(self._nix, self._run)

    @property
    def name(self) -> str:
        """Its name, with version."""
        return self._text("name")

    @property
    def drv_path(self) -> str:
        """The store path of the .drv file."""
        if not self._drv_path:
            self._drv_path = self._text("drvPath")
        return self._drv_path

    @property
    def output_name(self) -> str:
        """Which of its outputs this is: mostly out."""
        return self._text("outputName") if "outputName" in self._nix else "out"

    @property
    def out_path(self) -> str:
        """The store path of this output, be it built or not."""
        return self._text("outPath")

    @property
    def outputs(self) -> frozendict[str, str]:
        """The store paths of all outputs by name, in their order."""

        def found() -> frozendict[str, str]:
            if "outputs" not in self._nix:
                name = text_of(self._nix["outputName"]) if "outputName" in self._nix else "out"
                return frozendict({name: text_of(self._nix["outPath"])})
            names = [text_of(name) for name in force(self._nix["outputs"])]
            return frozendict({name: text_of(force(self._nix[name])["outPath"]) for name in names})

        result: frozendict[str, str] = self._run(found)
        return result

    def _text(self, attribute: str) -> str:
        text: str = self._run(lambda: text_of(self._nix[attribute]))
        return text

    def _identity(self) -> tuple[str, str]:
        return self.drv_path, self.output_name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Derivation) and (self._nix is other._nix or self._identity() == other._identity())

    def __hash__(self) -> int:
        return hash(self._identity())

    def __str__(self) -> str:
        return self.out_path

    def __repr__(self) -> str:
        return f"<derivation {self._drv_path}>" if self._drv_path else "<derivation>"


def _equal(left: Any, right: Any) -> bool:
    return bool(left == right)


def _some(names: list[str]) -> str:
    """The first names of a set."""
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") if names else "empty"


# From Nix


def lazily(value: Delayed, run: Run) -> Any:
    """A Nix value as Python's own, sets and lists as what evaluates its members when they are asked for."""
    value = force(value)
    if value.__class__ is dict:
        return Derivation(value, run) if _is_whole_derivation(value) else AttributeSet(value, run)
    return List(value, run) if value.__class__ is tuple else _leaf(value, run)


class _Members:
    """That the `count` values before it are the members of a set or list."""

    __slots__ = ("count", "whole")

    def __init__(self, whole: Value) -> None:
        self.whole = whole


def to_python(value: Delayed, run: Run) -> Any:
    """A Nix value, fully evaluated, as Python's own; works through values of any depth without recursion."""
    done: list[Any] = []
    # What is still to do, the next last: a value, or to put together the set or list whose members are done.
    work: list[Any] = [value]
    inside: set[int] = set()
    known: dict[int, tuple[Value, Any]] = {}  # by identity, which lasts as long as the value is kept
    while work:
        item = work.pop()
        if item.__class__ is _Members:
            whole = item.whole
            count = len(whole)
            members = done[len(done) - count :]
            del done[len(done) - count :]
            made = _made_set(whole, members) if whole.__class__ is dict else tuple(members)
            inside.discard(id(whole))
            known[id(whole)] = (whole, made)
            done.append(made)
            continue
        item = force(item)
        is_set = item.__class__ is dict
        if not is_set and item.__class__ is not tuple:
            done.append(_leaf(item, run))
        elif id(item) in known:
            done.append(known[id(item)][1])
        elif id(item) in inside:
            done.append(AttributeSet(item, run) if is_set else List(item, run))
        elif is_set and _is_whole_derivation(item):
            derivation = Derivation(item, run)
            derivation._drv_path = text_of(item["drvPath"])
            known[id(item)] = (item, derivation)
            done.append(derivation)
        else:
            inside.add(id(item))
            if len(inside) > MAX_NESTING:
                raise endless()
            work.append(_Members(item))
            work += [item[name] for name in reversed(sorted_names(item))] if is_set else reversed(item)
    return done[0]


def _made_set(whole: dict[str, Delayed], members: list[Any]) -> frozendict[str, Any]:
    return frozendict(zip(sorted_names(whole), members, strict=True))


def _is_whole_derivation(value: dict[str, Delayed]) -> bool:
    return "drvPath" in value and is_derivation(value)


def _leaf(value: Value, run: Run) -> Any:
    if value.__class__ is ContextString:
        return value.text
    if value.__class__ is Path:
        return PurePosixPath(value.text)
    return Function(value, run) if is_callable(value) else value


# To Nix


class _Collected:
    """That the values before it are the members of a Python list or mapping."""

    __slots__ = ("names", "whole")

    def __init__(self, whole: Any, names: list[str] | None) -> None:
        self.whole = whole
        self.names = names


Place = tuple[Any, str]
"""The place of a whole, or a name for the outermost, and what stands behind it: a path without end stays short."""


def to_nix(value: Any, what: str = "the value") -> Delayed:
    """A Python value as a Nix value (see the table above); NixTypeError, which says of `what`, for what is none."""
    done: list[Delayed] = []
    work: list[tuple[Any, Place]] = [(value, (None, what))]
    inside: set[int] = set()
    known: dict[int, Delayed] = {}
    while work:
        item, place = work.pop()
        if item.__class__ is _Collected:
            members = done[len(done) - len(item.whole) :]
            del done[len(done) - len(item.whole) :]
            inside.discard(id(item.whole))
            made = tuple(members) if item.names is None else dict(zip(item.names, members, strict=True))
            known[id(item.whole)] = made
            done.append(made)
        elif isinstance(item, Held):
            done.append(item._nix)
        elif id(item) in known:
            done.append(known[id(item)])
        elif isinstance(item, Mapping | list | tuple):
            if id(item) in inside:
                raise _no_value(place, "contains itself", "Nix builds such values, but takes none from Python")
            inside.add(id(item))
            if isinstance(item, Mapping):
                names = [_name(name, place) for name in item]
                work.append((_Collected(item, names), place))
                work += [(item[name], (place, f".{name}")) for name in reversed(names)]
            else:
                work.append((_Collected(item, None), place))
                work += [(member, (place, f"[{number}]")) for number, member in reversed(list(enumerate(item)))]
        else:
            done.append(_scalar(item, place))
    return done[0]


def _name(name: object, place: Place) -> str:
    if not isinstance(name, str):
        raise _no_value(place, f"has a key that is no str: {name!r}", "the names of attributes are strings")
    return _string(str.__str__(name), place)


def _scalar(value: Any, place: Place) -> Value:
    """Subclasses of int, str and float, as enumerations are, come as what they are at bottom."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not INT_MIN <= value <= INT_MAX:
            raise _no_value(place, f"is an integer that does not fit 64 bits: {value}", "Nix has no larger ones")
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, str):
        return _string(str.__str__(value), place)
    if isinstance(value, bytes | bytearray):
        try:
            return _string(bytes(value).decode("utf-8"), place)
        except UnicodeDecodeError:
            hint = "bytes.decode(errors='surrogateescape') passes them as they are"
            raise _no_value(place, "is bytes that are no UTF-8 text", hint) from None
    if isinstance(value, os.PathLike):
        return Path(_string(as_text(os.path.abspath(os.fsdecode(value))), place))
    raise _no_value(place, f"is a Python {type(value).__name__}, which is no Nix value", _HINTS.get(type(value)))


_HINTS: dict[type, str] = {
    set: "Nix's lists have an order: sorted(...)",
    frozenset: "Nix's lists have an order: sorted(...)",
    complex: "Nix has integers and floats",
    range: "list(...) makes a list of it",
}


def _string(text: str, place: Place) -> str:
    if "\0" in text:
        raise _no_value(place, "is a text with a NUL character", "Nix's strings have none")
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise _no_value(place, "is a text with half of a surrogate pair", "it is no character") from None
    return text


def _no_value(place: Place, why: str, hint: str | None) -> NixTypeError:
    names: list[str] = []
    whole: Place | None = place
    while whole is not None:
        whole, name = whole
        names.append(name)
    return NixTypeError(f"{''.join(reversed(names))} {why}", hint=hint)
