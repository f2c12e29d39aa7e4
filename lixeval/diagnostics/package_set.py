"""What is told of names in the embedded package set: all packages that the host lacks, and what a name outside it is.

A program that wants ten packages is told of all that are missing at once, with the one command that gets them: the
names are those that its own files take from a package set, whether evaluation would have come to them or not.
"""

from __future__ import annotations

from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.suggestions import did_you_mean
from lixeval.diagnostics.wording import Trace
from lixeval.errors import MissingPackage
from lixeval.source import Span
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

_SETS = frozenset(("pkgs", "nixpkgs", "final", "prev", "self", "super"))
"""What package sets are called."""

_MARKS = ("hostPackages", "nix2container", "dockerTools", "stdenv")
"""Attributes by which the embedded set is known."""


def complete_missing_package(error: MissingPackage, trace: Trace) -> None:
    """Make the message one about all missing packages that the user's own files name."""
    if error.known is None:
        return
    answers: dict[str, dict[str, Any]] = dict(error.asked)
    for name in dict.fromkeys([error.name, *(name for name, _ in _taken_names(error, trace))]):
        answer = error.known(name)
        if "missing" in answer:
            answers[name] = answer
    if len(answers) > 1:
        error.message = _message(answers)


def place_of_missing_package(error: MissingPackage, trace: Trace) -> Span | None:
    """Where the user's own text names the package (numpy for python3-numpy too); None where it does not."""
    places = list(_taken_names(error, trace))
    exact = (span for name, span in places if name == error.name)
    module = (span for name, span in places if error.name.endswith("-" + name))
    return next(exact, None) or next(module, None) or next(_selected_modules(error, trace), None)


def _selected_modules(error: MissingPackage, trace: Trace) -> Iterator[Span]:
    """Where a module is taken from whatever set: `ps.numpy`, `pkgs.python3Packages.numpy`."""
    for source in error.sources:
        outline = trace.outlines.of(source)
        for node in outline.nodes:
            name = node.path[-1] if isinstance(node, nodes.Select) else None
            if isinstance(node, nodes.Select) and isinstance(name, str) and error.name.endswith("-" + name):
                start = node.path_starts[-1]
                yield outline.span(start, start + len(name))


def _message(answers: dict[str, dict[str, Any]]) -> str:
    names = ", ".join(f"{name} (the host has {a['other']})" if a.get("other") else name for name, a in answers.items())
    message = f"{len(answers)} packages are taken from the host, which does not have them: {names}"
    install = list(dict.fromkeys(answer["install"] for answer in answers.values() if "install" in answer))
    if install:
        how = next(answer["how"] for answer in answers.values() if "how" in answer)
        message += f"; to get them: {how.format(' '.join(install))}"
    none = [name for name, answer in answers.items() if "install" not in answer]
    if none:
        message += f"; its package manager has nothing for {', '.join(none)}: -I nixpkgs=… names a set that has"
    return message


def _taken_names(error: MissingPackage, trace: Trace) -> Iterator[tuple[str, Span]]:
    """The names that the user's own texts take from a `with` or a package set, or ask for as formals."""
    for source in error.sources:
        outline = trace.outlines.of(source)
        found = [taken for number, node in enumerate(outline.nodes) for taken in _taken(outline, number, node)]
        for start, name in sorted(found):
            yield name, outline.span(start, start + len(name))


def _taken(outline: Outline, number: int, node: nodes.Node) -> Iterator[tuple[int, str]]:
    """The names that a node takes from a set of packages, and where they are written."""
    if isinstance(node, nodes.Variable):
        if outline.is_free(number):
            yield node.start, node.name
    elif isinstance(node, nodes.Select):
        name = node.path[0]
        if isinstance(name, str) and _is_set(outline, node.subject):
            yield node.path_starts[0], name
    elif isinstance(node, nodes.Lambda) and node.formals is not None:
        yield from ((formal.start, formal.name) for formal in node.formals.formals if formal.default is None)
    elif isinstance(node, nodes.Let | nodes.AttributeSet):
        for name, bound in node.bindings.attributes.items():
            if bound.kind == "inherited-from" and _is_set(outline, node.bindings.sources[bound.source]):
                yield bound.start, name


def _is_set(outline: Outline, subject: nodes.Node) -> bool:
    """`pkgs`, `import <nixpkgs> { }`, or what a `let` calls so."""
    for _ in range(8):
        if isinstance(subject, nodes.Apply):
            return any(isinstance(argument, nodes.SearchPath) for argument in subject.arguments)
        if not isinstance(subject, nodes.Variable):
            return False
        if subject.name in _SETS:
            return True
        bound = outline.binding_of(outline.number_of(subject))
        if bound is None or bound.value is None:
            return False
        subject = bound.value
    return False


def about_package(name: str, names: Iterable[str]) -> str | None:
    """What to do about a name that the embedded package set lacks; None if the names are not those of that set."""
    present = set(names)
    if not present.issuperset(_MARKS):
        return None
    meant = did_you_mean(name, present)
    own = "<nixpkgs> here is lixeval's own set of host programs"
    ways = f"hostPackages.{name} if the host has a package of that name, an overlay, or -I nixpkgs=… for all of nixpkgs"
    return f"{own}: {meant} Else: {ways}" if meant is not None else f"{own}: {ways}"


def about_host_package(name: str, names: Iterable[str]) -> str:
    """What to do about a package that the host does not have."""
    meant = did_you_mean(name, names)
    own = "hostPackages are those that this host's package manager has installed, by its names: install it there first"
    return own if meant is None else f"{meant} Else: {own}"
