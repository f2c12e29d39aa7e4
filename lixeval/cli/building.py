"""Derivations and images: what is done with a value when nobody asked to have it printed.

    image         its layers and configuration are realised, then it is written to a file or to every --to
    derivation    realised; its output path is printed and linked to as `result`
    list, set of derivations      each of them
    anything else                 printed

`prepare` reads what it needs from the values (which may evaluate more); `make` builds and writes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lixeval.cli.options import Options
from lixeval.errors import EvalError, UsageError
from lixeval.runtime.printing import printed
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force
from lixeval.runtime.values import Delayed, Value, sorted_names

if TYPE_CHECKING:
    from lixeval.containers.destination import Destination
    from lixeval.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to make: a derivation's outputs, perhaps an image, or only a text to print."""

    text: str = ""
    drv_path: str = ""
    output_name: str = "out"
    image_name: str = ""
    image_tag: str = ""


def prepare(value: Delayed, options: Options) -> list[Target]:
    """What a value asks to be made."""
    value = force(value)
    if is_derivation(value):
        return [_derivation_target(value)]
    if value.__class__ is dict:
        found = [target for name in sorted_names(value) for target in _members(value[name])]
        if found:
            return found
    elif value.__class__ is tuple:
        found = [target for element in value for target in _members(element)]
        if found:
            return found
    if options.instantiate:
        raise EvalError("the expression does not evaluate to a derivation (or a set or list of those)")
    return [Target(text=printed(value))]


def _members(value: Delayed) -> list[Target]:
    value = force(value)
    return [_derivation_target(value)] if is_derivation(value) else []


def is_derivation(value: Value) -> bool:
    return value.__class__ is dict and "type" in value and force(value["type"]) == "derivation"


def _derivation_target(value: dict[str, Delayed]) -> Target:
    if "drvPath" not in value:
        raise EvalError("the derivation has no attribute 'drvPath'")
    drv_path = text_of(value["drvPath"])
    output = text_of(value["outputName"]) if "outputName" in value else "out"
    if "imageName" in value and "imageTag" in value:
        return Target("", drv_path, output, text_of(value["imageName"]), text_of(value["imageTag"]))
    return Target("", drv_path, output)


def make(targets: list[Target], options: Options, workspace: Workspace) -> int:
    """Builds, writes and prints; the exit code."""
    from lixeval.store.plan import Wanted

    for target in targets:
        if not target.drv_path:
            print(target.text)
    wanted = [target for target in targets if target.drv_path]
    if options.instantiate:
        for target in wanted:
            print(target.drv_path + ("" if target.output_name == "out" else f"!{target.output_name}"))
        return 0
    if not wanted:
        return 0
    if options.destinations and not all(target.image_name for target in wanted):
        raise UsageError("--to is for images, and this is none", hint="an image is what buildImage gives")
    if not options.dry_run:
        _check_images(wanted, options)
    results = workspace.realise([Wanted(target.drv_path, (target.output_name,)) for target in wanted])
    if options.dry_run:
        return 0
    for number, target in enumerate(wanted):
        path = results.outputs[target.drv_path][target.output_name]
        if target.image_name:
            _write_image(target, path, options, workspace)
        else:
            _link(path, options, workspace, number)
            print(path)
    return 0


def _check_images(wanted: list[Target], options: Options) -> None:
    """Names, tags and destinations are checked before anything is built."""
    from lixeval.containers import write

    for target in wanted:
        if target.image_name:
            write.check(target.image_name, target.image_tag, _destinations(target, options))


def _destinations(target: Target, options: Options) -> list[Destination]:
    """Where an image goes: every --to, and -o; else NAME-TAG.tar here."""
    from lixeval.containers.destination import Destination, parse

    places = [parse(text) for text in options.destinations]
    if options.output is not None:
        places.append(Destination("archive", options.output))
    if not places:
        base = target.image_name.rpartition("/")[2]
        places.append(Destination("archive", f"{base}-{target.image_tag}.tar"))
    return places


def _write_image(target: Target, path: str, options: Options, workspace: Workspace) -> None:
    from lixeval.containers.write import write_image

    image_json = workspace.store.real(path)
    places = _destinations(target, options)
    for written in write_image(image_json, target.image_name, target.image_tag, places, workspace.store):
        print(written.destination)


def _link(path: str, options: Options, workspace: Workspace, number: int) -> None:
    """The link to a result, `result` or `-o NAME`, numbered where there are several; it points to where the path is."""
    if options.no_link:
        return
    name = options.output or "result"
    link = os.path.abspath(name if number == 0 else f"{name}-{number + 1}")
    if os.path.lexists(link) and not os.path.islink(link):
        raise UsageError(f"'{link}' exists and is no link to a build result", hint="choose another name with -o")
    temporary = f"{link}.{os.getpid()}.tmp"
    os.symlink(workspace.store.real(path), temporary)
    os.replace(temporary, link)
