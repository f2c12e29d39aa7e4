"""`lixeval why A B`: why A depends on B: the way there, with the file in which each reference is found.

Printed as `nix why-depends --precise` prints it.
"""

from __future__ import annotations

import sys

from lixeval.cli.installables import Installables
from lixeval.cli.output.colours import BLUE, GREEN, GREY, OFF
from lixeval.cli.subcommand import at_least, read
from lixeval.store.reports.reference_graphs import INNER, LAST, PAST_INNER, PAST_LAST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.cli.installables import Subject
    from lixeval.formats.store_path import StorePath
    from lixeval.store.reports.dependency_paths import DependencyPaths, Hit

COMMAND = "why"


def run(arguments: list[str]) -> int:
    """Prints the way from one path to another."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 2, "two things: what depends, and on what")
    installables = Installables(line.options)
    package, dependency, *more = installables.subjects()
    if more:
        from lixeval.errors import UsageError

        raise UsageError(f"lixeval why takes two things, and '{more[0].text}' is a third", hint="lixeval why --help")
    found = _dependency_paths(installables, package, dependency, derivation="derivation" in line.flags)
    if not found:
        print(f"'{found.package}' does not depend on '{found.dependency}'", file=sys.stderr)
        return 1
    if "json" in line.flags:
        import json

        print(json.dumps(as_json(found), indent=2))
        return 0
    from lixeval.cli.output.terminal import wants_colour

    tree = Tree(found, all_ways="all" in line.flags, brief="brief" in line.flags, colour=wants_colour(sys.stdout))
    for text in tree.lines():
        print(text)
    return 0


def _dependency_paths(
    installables: Installables, package: Subject, dependency: Subject, *, derivation: bool
) -> DependencyPaths:
    from lixeval.store.reports.dependency_paths import DependencyPaths

    if derivation:
        pair = installables.derivation(package), installables.derivation(dependency)
    else:
        pair = installables.output(package, build=True), installables.output(dependency, build=False)
    return DependencyPaths(installables.store, *pair)


class Tree:
    """The lines that show the ways; what was shown before is only named."""

    def __init__(self, found: DependencyPaths, *, all_ways: bool, brief: bool = False, colour: bool = False) -> None:
        self.found = found
        self.all_ways = all_ways
        self.brief = brief
        self.colour = colour
        self._visited: set[str] = set()

    def lines(self) -> Iterator[str]:
        """The package first, and below each path the references that lead on."""
        # Each entry: a path, what stands before its own line and before what is below, and lines that come before it.
        waiting: list[tuple[StorePath, str, str, list[str]]] = [(self.found.package, "", "", [])]
        while waiting:
            path, first, rest, before = waiting.pop()
            yield from before
            yield first + self._named(path)
            is_end = path == self.found.dependency and self.found.package != self.found.dependency
            if is_end and not self.all_ways:
                return
            if path not in self._visited:
                self._visited.add(path)
                waiting += reversed(list(self._below(path, rest)))

    def _named(self, path: str) -> str:
        arrow = "" if self.brief or (path == self.found.package and path not in self._visited) else "→ "
        if self.colour and path in self._visited:
            return f"{GREY}{arrow}{path}{OFF}"
        return arrow + path

    def _below(self, path: StorePath, rest: str) -> Iterator[tuple[StorePath, str, str, list[str]]]:
        steps = self.found.next_steps(path)
        steps = steps if self.all_ways else steps[:1]
        hits: dict[StorePath, list[Hit]] = {} if self.brief else self.found.hits(path, steps)
        for number, step in enumerate(steps, 1):
            last = number == len(steps)
            inner = rest + (PAST_LAST if last else PAST_INNER)
            branch = rest + (LAST if last else INNER)
            if self.brief:
                yield step, branch, inner, []
                continue
            shown = hits[step] if self.all_ways else hits[step][:1]
            before = [(branch if not index else inner) + self._hit(hit, step) for index, hit in enumerate(shown)]
            yield step, inner if before else branch, inner, before

    def _hit(self, hit: Hit, step: str) -> str:
        hash_part = hit.hash_part
        if self.colour:
            hash_part = f"{GREEN if step == self.found.dependency else BLUE}{hash_part}{OFF}"
        around = f"{hit.before}{hash_part}{hit.after}"
        return f"{hit.file} -> {around}" if hit.is_link else f"{hit.file}: …{around}…"


def as_json(found: DependencyPaths) -> dict[str, Any]:
    """Every step that is on a way from the package to the dependency, and the paths of a shortest way."""
    steps: list[dict[str, Any]] = []
    waiting, seen = [found.package], {found.package}
    while waiting:
        path = waiting.pop(0)
        references = found.next_steps(path)
        hits = found.hits(path, references)
        for reference in references:
            files = [{"file": hit.file, "text": f"{hit.before}{hit.hash_part}{hit.after}"} for hit in hits[reference]]
            steps.append({"from": path, "to": reference, "files": files})
            if reference not in seen:
                seen.add(reference)
                waiting.append(reference)
    return {
        "package": found.package,
        "dependency": found.dependency,
        "shortest": found.shortest(),
        "steps": steps,
    }
