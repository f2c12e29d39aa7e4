"""Derivations and images: from a value to what is built and written of it.

    image                         its layers and configuration are realised, then it is written to its destinations
    derivation                    realised
    list or set of derivations    each of them, once
    anything else                 nothing to make: its text

`targets_of` reads what it needs from a value (which may evaluate more); `Maker` builds and writes.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError, NixTypeError, UsageError
from lixeval.formats import store_path
from lixeval.formats.store_path import StorePath
from lixeval.runtime.faults import expected
from lixeval.runtime.printing import printed
from lixeval.runtime.strings import store_path_of, text_of, text_without_context
from lixeval.runtime.thunks import force
from lixeval.runtime.values import Delayed, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lixeval.containers.delivery import Delivery
    from lixeval.containers.destination import Destination
    from lixeval.evaluation.workspace import Workspace
    from lixeval.store.local import LocalStore

    Parts = tuple[StorePath, str, str, str]


class Target:
    """One thing to make: an output of a derivation, perhaps an image; or, without a `drv_path`, a text to show.

    No dataclass: what makes those takes longer to load than all else that a warm --instantiate needs for this.
    """

    __slots__ = ("drv_path", "image_name", "image_tag", "of", "output_name", "text")

    def __init__(
        self,
        text: str = "",
        drv_path: StorePath | None = None,
        output_name: str = "out",
        image_name: str = "",
        image_tag: str = "",
        of: Value = None,
    ) -> None:
        self.text = text
        self.drv_path = drv_path or StorePath("")
        self.output_name = output_name
        self.image_name = image_name
        self.image_tag = image_tag
        self.of = of
        """The set that it was read from; None where another process, or another run, has read it."""

    def parts(self) -> Parts:
        """All but the text, as plain data."""
        return self.drv_path, self.output_name, self.image_name, self.image_tag


def targets_of(value: Delayed, called: Callable[[Delayed], Value] = force) -> list[Target]:
    """What a value asks to be made, or its text; lists and sets on the way are `called` if they are functions.

    C++: `getDerivations` in get-drvs.cc.
    """
    found: list[Target] = []
    add_targets(found, value, called)
    return found


def add_targets(
    found: list[Target], value: Delayed, called: Callable[[Delayed], Value], *, show_empty: bool = True
) -> None:
    """Adds `targets_of` a value to those found: also those that come before one that fails.

    `show_empty` says whether sets and lists in which there is nothing to make have a text.
    """
    asked: list[Target] = []
    parts = parts_of(value)
    try:
        for part in parts:
            part.add_targets(asked, called)
    except Exception:
        if all_found(parts, called):
            found += together(asked)
        raise
    if asked or show_empty or force(value).__class__ not in (dict, tuple):
        found += together(asked) or [Target(text=printed(force(value)))]


def all_found(parts: Sequence[Part], called: Callable[[Delayed], Value]) -> bool:
    """When something has failed: whether that was not one of the parts in which derivations are looked for.

    C++ Nix looks in all of them before it asks the first derivation for its path: what fails in one is raised, and not
    what a path has failed by.
    """
    for part in parts:
        if part.has_failed:
            return False
        if None in part.derivations(called):
            raise no_derivation()
    return True


def no_derivation() -> EvalError:
    """What nix-instantiate says of a value that is no derivation and holds none."""
    return EvalError("the expression does not evaluate to a derivation (or a set or list of those)")


class Part:
    """What may be a derivation, or have some in it: an element of a list, or an attribute of a set.

    A list is gone through, or a set in a list; a set in a set where it says `recurseForDerivations = true`.
    """

    __slots__ = ("_found", "_is_attribute", "_value", "has_failed")

    def __init__(self, value: Delayed, *, is_attribute: bool) -> None:
        self._value = value
        self._is_attribute = is_attribute
        self._found: list[dict[str, Delayed] | None] | None = None
        self.has_failed = False
        """Whether its derivations were looked for, and could not be found."""

    def add_targets(self, found: list[Target], called: Callable[[Delayed], Value]) -> None:
        """Adds its targets to those found; one without a derivation for what is something else in a list."""
        for one in self.derivations(called):
            found.append(Target() if one is None else _target(one))

    def derivations(self, called: Callable[[Delayed], Value]) -> list[dict[str, Delayed] | None]:
        """The derivations in it, and None for what is something else in a list."""
        if self._found is None:
            self.has_failed = True
            self._found = self._looked_for(called)
            self.has_failed = False
        return self._found

    def _looked_for(self, called: Callable[[Delayed], Value]) -> list[dict[str, Delayed] | None]:
        value = force(self._value)
        if not is_derivation(value):
            if self._is_attribute and not _is_to_be_gone_through(value):
                return []
            value = called(value)
        if is_derivation(value):
            _require_name(value)
            return [value]
        if value.__class__ is tuple or value.__class__ is dict:
            return [one for part in parts_of(value) for one in part.derivations(called)]
        return [None]


def parts_of(value: Delayed) -> list[Part]:
    """The elements of a list, the attributes of a set by their names in so far as those are such as nix-env takes;
    of a derivation, and of anything else, itself.
    """
    value = force(value)
    if value.__class__ is tuple:
        return [Part(element, is_attribute=False) for element in value]
    if value.__class__ is dict and not is_derivation(value):
        return [Part(value[name], is_attribute=True) for name in sorted_names(value) if _can_be_named(name)]
    return [Part(value, is_attribute=True)]


def together(targets: list[Target]) -> list[Target]:
    """The targets of a value's parts: each derivation, the very same set, once; none where there are none at all.

    EvalError where something else stands beside them in a list.
    """
    found: dict[int, Target] = {}
    for target in targets:
        found.setdefault(id(target if target.of is None else target.of), target)
    if not all(target.drv_path for target in targets) and any(target.drv_path for target in targets):
        raise no_derivation()
    return [target for target in found.values() if target.drv_path]


def _is_to_be_gone_through(value: Value) -> bool:
    if value.__class__ is not dict or "recurseForDerivations" not in value:
        return False
    flag = force(value["recurseForDerivations"])
    if flag.__class__ is not bool:
        raise expected("a Boolean", flag)
    return flag is True


def _can_be_named(name: str) -> bool:
    plain = name.translate(_JOINING)
    return name.isascii() and plain.isalnum() and not (name[0].isdecimal() or name[0] in "-+")


_JOINING = dict.fromkeys(map(ord, "_-+"), "x")


def is_derivation(value: Value) -> bool:
    """Whether a value is a set of type "derivation"."""
    return value.__class__ is dict and "type" in value and force(value["type"]) == "derivation"


def _require_name(derivation: dict[str, Delayed]) -> None:
    if "name" not in derivation:
        raise NixTypeError("derivation name missing")
    text_without_context(derivation["name"])


def _target(value: dict[str, Delayed]) -> Target:
    if "drvPath" not in value:
        raise EvalError("the derivation has no attribute 'drvPath'")
    drv_path = store_path_of(value["drvPath"])
    if not drv_path.endswith(".drv"):
        raise EvalError(f"store path '{os.path.basename(drv_path)}' is not a valid derivation path")
    if "outputName" not in value:
        raise EvalError(f"derivation '{drv_path}' lacks an 'outputName' attribute")
    output = text_without_context(value["outputName"])
    if "imageName" in value and "imageTag" in value:
        if not text_of(value["imageName"]):
            raise EvalError("an image has no name", hint='buildImage { name = "web"; … } gives it one')
        return Target("", drv_path, output, text_of(value["imageName"]), text_of(value["imageTag"]), of=value)
    return Target("", drv_path, output, of=value)


class Maker:
    """Builds targets in a workspace, and puts the results where the user wants them."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        destinations: Sequence[str] = (),
        output: str | None = None,
        link: bool = True,
        delivery: Callable[[], Delivery] | None = None,
        anew: bool = False,
        repair: bool = False,
        root: str | None = None,
        second: int = 2,
    ) -> None:
        self.workspace = workspace
        self._make_delivery = delivery or self._usual_delivery
        self.output = output
        self.link = link
        self._root = root
        self._second = second
        self.anew = anew
        self._repairs = repair
        self._destinations = destinations
        self.places: list[str] = []
        """Where what has been made is: complete even where the rest fails."""

    def make(self, targets: Sequence[Target], *, dry_run: bool = False) -> list[str]:
        """Makes derivations and images; for each the lines that tell where it is: store path, archive, layout."""
        from lixeval.system.signals import ending_politely

        if self._destinations and not all(target.image_name for target in targets):
            raise UsageError("--to is for images, and this is none", hint="an image is what buildImage gives")
        delivery = self._make_delivery() if any(target.image_name for target in targets) else None
        if delivery is not None and not dry_run:
            self._check_images(targets, delivery)
        paths = self._at_hand(targets) if not (dry_run or self.anew) else None
        if paths is None:
            paths = realised(self.workspace, targets)
        if dry_run:
            return []
        if self._repairs:
            self.repair(paths)
        with ending_politely():
            self._put(targets, paths, delivery)
        return self.places

    def _at_hand(self, targets: Sequence[Target]) -> list[StorePath] | None:
        """The targets' paths if all of them are valid: then nothing that plans or builds has to be loaded."""
        store = self.workspace.store
        paths: list[StorePath] = []
        for target in targets:
            if not store.is_valid(target.drv_path):
                return None
            path = store.query_deriver_outputs(target.drv_path).get(target.output_name)
            if not path or not store.is_valid(path):
                return None
            paths.append(path)
        return paths

    def repair(self, paths: Sequence[StorePath]) -> None:
        """Makes anew what is damaged of paths and of all that they need."""
        from lixeval.build.plan import Wanted
        from lixeval.store.repair import repair
        from lixeval.store.verify import damage_of

        def build(drv_path: StorePath, output: str) -> None:
            self.workspace.realise([Wanted(drv_path, (output,))])

        store = self.workspace.store
        for path in store.closure(paths):
            if damage_of(store, store.info(path), check_contents=True) is not None:
                repair(store, path, build, lambda path: self.workspace.fetch([path]))
                self.workspace.evaluator.services.say(f"repaired '{path}'")

    def _put(self, targets: Sequence[Target], paths: Sequence[StorePath], delivery: Delivery | None) -> None:
        """Delivers the images among what was built, and links the rest."""
        store = self.workspace.store
        roots = [] if self._root is None else link_names(self._root, targets, self._second)
        links = self._link_names(targets)
        for number, (target, path) in enumerate(zip(targets, paths, strict=True)):
            if target.image_name and delivery is not None:
                self._deliver(target, path, delivery)
                if roots:
                    make_root(store, roots[number], path)
            else:
                if self.link:
                    make_root(store, links[number], path)
                self.places.append(path)

    def destinations(self, target: Target) -> list[Destination]:
        """Where an image goes: to each destination named, and to the output; else to NAME-TAG.tar here."""
        from lixeval.containers.destination import Destination, parse

        places = [parse(text) for text in self._destinations]
        if self.output is not None:
            places.append(Destination("archive", self.output))
        if not places:
            base = target.image_name.rpartition("/")[2]
            places.append(Destination("archive", f"{base}-{target.image_tag}.tar"))
        return places

    def written(self, targets: Sequence[Target]) -> list[str] | None:
        """The files and folders that the images go to; None if one goes to a registry or another program."""
        from lixeval.containers.destination import ARCHIVE, FOLDERS_AND_FILES

        places = [place for target in targets if target.image_name for place in self.destinations(target)]
        if not all(place.transport in (ARCHIVE, *FOLDERS_AND_FILES) for place in places):
            return None
        return [place.path for place in places]

    def links(self, targets: Sequence[Target]) -> dict[str, str]:
        """The links to what was built, and the store's links to them, with what they say."""
        from lixeval.store.garbage import indirect_root

        store = self.workspace.store
        links: dict[str, str] = {}
        for target, link in zip(targets, self._link_names(targets), strict=True):
            if self.link and not target.image_name:
                links[link] = store.real(store.query_deriver_outputs(target.drv_path)[target.output_name])
                links[indirect_root(store, link)] = link
        return links

    def _usual_delivery(self) -> Delivery:
        from lixeval.containers.delivery import Delivery

        return Delivery()

    def _check_images(self, targets: Sequence[Target], delivery: Delivery) -> None:
        """Names, tags and destinations are checked before anything is built."""
        from lixeval.containers import write

        for target in targets:
            if target.image_name:
                write.check(target.image_name, target.image_tag, self.destinations(target), delivery)

    def _deliver(self, target: Target, path: str, delivery: Delivery) -> None:
        from lixeval.containers.delivery import SomeFailed
        from lixeval.containers.write import write_image

        store = self.workspace.store
        places = self.destinations(target)
        try:
            delivered = write_image(store.real(path), target.image_name, target.image_tag, places, store, delivery)
        except SomeFailed as error:
            self.places += [one.place for one in error.delivered]
            raise
        self.places += [one.place for one in delivered]

    def _link_names(self, targets: Sequence[Target]) -> list[str]:
        return link_names(self.output or self._root or "result", targets, self._second)


def realised(workspace: Workspace, targets: Sequence[Target]) -> list[StorePath]:
    """Builds what is not there of the targets' outputs; their paths."""
    from lixeval.build.plan import Wanted

    results = workspace.realise([Wanted(target.drv_path, (target.output_name,)) for target in targets])
    return [results.outputs[target.drv_path][target.output_name] for target in targets]


def link_names(link: str, targets: Sequence[Target], second: int) -> list[str]:
    """What the links to targets are called: LINK, LINK-2, LINK-3 by derivation, and LINK-dev where an output is not
    "out".  That of the `second` derivation is LINK-2 by nix-build, LINK-1 by nix build.
    """
    whole = os.path.abspath(link)
    names: dict[str, str] = {}
    for target in targets:
        names.setdefault(target.drv_path, f"{whole}-{len(names) - 1 + second}" if names else whole)
    return [names[one.drv_path] + ("" if one.output_name == "out" else f"-{one.output_name}") for one in targets]


def make_root(store: LocalStore, link: str, path: str) -> None:
    """A link to where a store path really is, which keeps it from being collected."""
    from lixeval.daemon.collecting import add_indirect_root
    from lixeval.system.atomic import write_link

    if os.path.lexists(link) and not (os.path.islink(link) and f"{store_path.STORE_DIR}/" in os.readlink(link)):
        raise UsageError(f"'{link}' exists and is no link to a build result", hint="choose another name with -o")
    write_link(link, store.real(path))
    add_indirect_root(store, link)
