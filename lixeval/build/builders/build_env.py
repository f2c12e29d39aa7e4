"""`builtin:build-env`, `builtin:symlink-join`, `builtin:link-farm`: trees of symlinks, made without a shell.

build-env is what profiles are: one tree in which many packages appear, with rules for what two packages have in common.

    a directory of only one package        -> one symlink to it
    a directory of several packages        -> a directory, its contents merged
    a file of only one package             -> a symlink to it
    a file of several packages             -> the one of the lowest priority number; of equal ones: an error that names
                                              both, unless the contents are equal or ignoreCollisions is set
    two names of one thing                 -> the one that is no symlink itself

`pathsToLink` limits the tree to some directories ("/" for all).  What `nix-support/propagated-user-env-packages` of a
package names is taken in as well, after everything else and below all of it in priority.  Not linked:
nix-support, propagated-build-inputs, share/info/dir, share/mime but its packages, perllocal.pod, log.

symlink-join merges directories throughout and takes the first of several files; a path that is a link to a directory
is that directory.  Store paths are read at their real
place (the store may lie under a root); links point to their logical one.

Attributes (structured): packages [{paths, priority}], pathsToLink, extraPrefix, manifest, ignoreCollisions,
checkCollisionContents, ignoreSingleFileOutputs | paths, failOnMissing | links {place: target}.

Behaviour matched: nixpkgs' pkgs.buildEnv, pkgs.symlinkJoin (lndir) and pkgs.linkFarm.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lixeval.build.builders.builder import BuildContext
from lixeval.build.builders.output_tree import OutputTree, components
from lixeval.build.builders.shapes import CLOSURE, flag, list_of, maybe, record, set_of, text, whole
from lixeval.errors import BuildError

_PROPAGATED_PRIORITY = 1000
_NOT_LINKED = re.compile(
    r"/propagated-build-inputs|/nix-support|.*info/dir|/share/mime/(?!packages).*|.*/perllocal\.pod|.*/log"
)


@dataclass(slots=True)
class _Link:
    """What a place of the tree is: a symlink to `target`, or a directory ("")."""

    target: str
    priority: int


def build_env(context: BuildContext) -> None:
    """The builtin builder of `pkgs.buildEnv`."""
    attributes = context.asked(
        packages=list_of(record(paths=list_of(text), priority=whole)),
        pathsToLink=maybe(list_of(text)),
        extraPrefix=maybe(text),
        manifest=maybe(text),
        ignoreCollisions=flag,
        checkCollisionContents=flag,
        ignoreSingleFileOutputs=flag,
    )
    packages: list[dict[str, Any]] = attributes["packages"]
    if attributes.get("exportReferencesGraph"):  # includeClosures
        closure = context.asked(closure=CLOSURE)["closure"]
        packages = [*packages, *({"paths": [entry["path"]], "priority": _PROPAGATED_PRIORITY} for entry in closure)]
    make_environment(context, attributes, packages)


def make_environment(
    context: BuildContext, attributes: Mapping[str, Any], packages: Iterable[Mapping[str, Any]]
) -> None:
    """The tree of packages, by attributes that have been looked at."""
    with context.tree() as tree:
        write_environment(context, attributes, packages, tree)


def write_environment(
    context: BuildContext, attributes: Mapping[str, Any], packages: Iterable[Mapping[str, Any]], tree: Tree
) -> None:
    """The same to a tree."""
    environment = _Environment(context, attributes)
    environment.add_all(packages)
    environment.write(tree)


def symlink_join(context: BuildContext) -> None:
    """The builtin builder of `pkgs.symlinkJoin`."""
    attributes = context.asked(paths=list_of(text), failOnMissing=flag)
    with context.tree() as tree:
        tree.folder()
        for path in attributes["paths"]:
            real, mode = context.store.resolve(path)
            if mode is not None and stat.S_ISDIR(mode):
                _join(context, path, real, tree, "")
            elif attributes.get("failOnMissing", True):
                problem = "is not a directory" if mode is not None else "does not exist"
                if context.store.is_link(path):
                    problem = "is a symbolic link that leads nowhere"
                raise BuildError(f"symlinkJoin: '{path}' {problem}", drv_path=context.drv_path)


def link_farm(context: BuildContext) -> None:
    """The builtin builder of `pkgs.linkFarm`."""
    links: Mapping[str, str] = context.asked(links=set_of(text))["links"]
    with context.tree() as tree:
        tree.folder()
        for place, target in sorted(links.items()):
            if not components(place):
                raise BuildError(f"linkFarm: '{place}' is not a place inside the output", drv_path=context.drv_path)
            try:
                tree.link(place, target)
            except BuildError as error:
                raise BuildError(
                    f"linkFarm: '{place}' cannot be put where another entry is already",
                    drv_path=context.drv_path,
                    hint="an entry is a link, so nothing can be below it and no other entry in its place",
                ) from error


def _join(context: BuildContext, source: str, real: str, tree: OutputTree, place: str) -> None:
    """Make `place` a copy of the directory `source` with links for its files; what is there stays."""
    with os.scandir(real) as entries:
        found = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    for name, is_directory in found:
        path, target = f"{source}/{name}", f"{place}/{name}"
        mode = tree.mode(target)
        if is_directory and (not mode or stat.S_ISDIR(mode)):
            tree.folder(target)
            _join(context, path, f"{real}/{name}", tree, target)
        elif not mode:
            # lndir takes a symlink over as it is; relative ones are only right as links to where they lie
            tree.link(target, path)


class Tree(Protocol):
    """What an environment is written to."""

    def folder(self, place: str = "") -> None: ...
    def link(self, place: str, target: str) -> None: ...


class _Environment:
    """The tree of build-env while packages are added to it: place ("/bin/ls") -> what is there."""

    def __init__(self, context: BuildContext, attributes: Mapping[str, Any]) -> None:
        self._context = context
        self._wanted: list[str] = attributes.get("pathsToLink") or ["/"]
        self._prefix: str = attributes.get("extraPrefix") or ""
        self._manifest: str = attributes.get("manifest") or ""
        self._ignore_collisions = bool(attributes.get("ignoreCollisions"))
        self._check_contents = bool(attributes.get("checkCollisionContents", True))
        self._ignore_files = bool(attributes.get("ignoreSingleFileOutputs"))
        self._links: dict[str, _Link] = {}
        self._propagating = False
        for wanted in self._wanted:
            parts = wanted.strip("/").split("/") if wanted.strip("/") else []
            for count in range(len(parts) + 1):
                self._links["/" + "/".join(parts[:count])] = _Link("", 0)

    def add_all(self, packages: Iterable[Mapping[str, Any]]) -> None:
        """Add packages in their order, then what they propagate: below all of them, and never colliding."""
        done: set[str] = set()
        postponed: list[str] = []
        for package in packages:
            for path in package["paths"]:
                if path not in done:
                    done.add(path)
                    self._add(path, int(package["priority"]), postponed)
        self._propagating = True
        priority = _PROPAGATED_PRIORITY
        while postponed:
            batch, postponed = sorted(set(postponed) - done), []
            for path in batch:
                done.add(path)
                self._add(path, priority, postponed)
                priority += 1

    def _add(self, path: str, priority: int, postponed: list[str]) -> None:
        _, mode = self._context.store.resolve(path)
        if mode is None:
            return  # an output that nobody made: nothing to link
        if not stat.S_ISDIR(mode):
            if self._ignore_files:
                return
            name = os.path.basename(path)[33:]
            raise BuildError(
                f"'{path}' is a file and cannot be merged into an environment",
                drv_path=self._context.drv_path,
                hint=f"'paths' are folders whose files are linked: writeTextDir \"share/{name}\" makes one with a file",
            )
        self._merge_directory("", path, priority)
        propagated, mode = self._context.store.resolve(f"{path}/nix-support/propagated-user-env-packages")
        if mode is not None and stat.S_ISREG(mode):
            with open(propagated, encoding="utf-8", errors="surrogateescape") as file:
                postponed.extend(file.readline().split())

    def _merge_directory(self, place: str, source: str, priority: int) -> None:
        real, _ = self._context.store.resolve(source)
        with os.scandir(real) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            self._merge(f"{place}/{name}", os.path.join(source, name), priority)

    def _merge(self, place: str, target: str, priority: int) -> None:
        if _NOT_LINKED.fullmatch(place) or not self._is_wanted(place):
            return
        known = self._links.get(place)
        if known is None:
            self._links[place] = _Link(target, priority)
            return
        known_is_directory = known.target == "" or self._is_directory(known.target)
        if known_is_directory:
            self._merge_into_directory(place, known, target, priority)
        elif priority < known.priority:
            self._links[place] = _Link(target, priority)
        elif self._context.store.resolve(target)[0] == self._context.store.resolve(known.target)[0]:
            self._prefer_direct(place, known, target, priority)
        elif priority == known.priority:
            self._collide(target, known.target)

    def _merge_into_directory(self, place: str, known: _Link, target: str, priority: int) -> None:
        """The place is a directory of other packages, merged already ("") or only linked so far."""
        if known.target and self._context.store.resolve(target)[0] == self._context.store.resolve(known.target)[0]:
            self._prefer_direct(place, known, target, priority)
        elif not self._is_directory(target):
            if known.target == "":
                raise self._collision(target, f"the directory {place} of other packages")
            self._collide(target, known.target)
        else:
            self._links[place] = _Link("", priority)
            if known.target:
                self._merge_directory(place, known.target, known.priority)
            self._merge_directory(place, target, priority)

    def _prefer_direct(self, place: str, known: _Link, target: str, priority: int) -> None:
        """Two names of one thing: the one that is no symlink itself."""
        if self._is_link(known.target) and not self._is_link(target):
            self._links[place] = _Link(target, priority)

    def _collide(self, target: str, known: str) -> None:
        """Two packages of one priority have different things of one name."""
        if self._propagating:
            return
        if self._ignore_collisions:
            self._context.log(f"warning: collision between '{target}' and '{known}'")
        elif not (self._check_contents and self._same(target, known)):
            raise self._collision(target, f"'{known}'")

    def _collision(self, target: str, other: str) -> BuildError:
        return BuildError(
            f"collision between '{target}' and {other}",
            drv_path=self._context.drv_path,
            hint="leave one of the packages out, or give them different priorities (lib.hiPrio, meta.priority)",
        )

    def _is_link(self, path: str) -> bool:
        return self._context.store.is_link(path)

    def _is_directory(self, path: str) -> bool:
        _, mode = self._context.store.resolve(path)
        return mode is not None and stat.S_ISDIR(mode)

    def _same(self, first: str, second: str) -> bool:
        (one, one_mode), (two, two_mode) = self._context.store.resolve(first), self._context.store.resolve(second)
        if one_mode is None or two_mode is None or not stat.S_ISREG(one_mode) or not stat.S_ISREG(two_mode):
            return False
        if (one_mode ^ two_mode) & 0o111 or os.path.getsize(one) != os.path.getsize(two):
            return False
        with open(one, "rb") as left, open(two, "rb") as right:
            return left.read() == right.read()

    def _is_wanted(self, place: str) -> bool:
        """Whether a place is in a wanted directory, or on the way to one."""
        return self._is_in_wanted(place) or any(wanted.startswith(place + "/") for wanted in self._wanted)

    def _is_in_wanted(self, place: str) -> bool:
        return any(
            wanted == "/" or place == wanted or place.startswith(wanted.rstrip("/") + "/") for wanted in self._wanted
        )

    def write(self, tree: Tree) -> None:
        """Create the tree; wanted directories are there even if they are empty."""
        tree.folder(self._prefix)
        for place in sorted(self._links):
            link = self._links[place]
            if not self._is_in_wanted(place):
                continue
            if link.target:
                tree.link(self._prefix + place, link.target)
            else:
                tree.folder(self._prefix + place)
        if self._manifest:
            tree.link("manifest", self._manifest)
