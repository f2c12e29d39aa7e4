"""`lixeval explain --derivation`: what a derivation becomes, or what an image's digest is made of, hash by hash."""

from __future__ import annotations

import sys

from lixeval.cli.commands.where import shown
from lixeval.cli.images import Images, is_nix
from lixeval.cli.installables import Installables, Subject
from lixeval.cli.output import colours
from lixeval.cli.output.story import Painter, cut
from lixeval.cli.output.terminal import wants_colour, width
from lixeval.errors import UsageError
from lixeval.formats.derivation import to_json
from lixeval.formats.store_path import parse as parse_path
from lixeval.runtime.thunks import force
from lixeval.runtime.values import sorted_names
from lixeval.source import printable
from lixeval.teach.derivation_stages import Stage, stages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.cli.subcommand import CommandLine

LONGEST = 400
"""Texts that are hashed are shown up to so many characters; --json has them whole."""

INPUTS = 4
"""Of more inputs' hashes the last are shown."""


def tell(line: CommandLine) -> int:
    """Prints the stages of what the one word names."""
    words = [*line.options.expressions, *line.options.files]
    if len(words) != 1:
        raise UsageError("lixeval explain --derivation tells of one derivation or image", hint="lixeval explain --help")
    told = _image(line) if _is_image(line) else _derivation(line)
    if "json" in line.flags:
        import json

        print(json.dumps(told | {"stages": [stage.as_json() for stage in told["stages"]]}, ensure_ascii=False))
    else:
        print("\n".join(_lines(told)))
    return 0


def _is_image(line: CommandLine) -> bool:
    """Whether the word is an image that was written, and not what describes one or is in the store."""
    if line.options.expressions:
        return False
    word = line.options.files[0]
    installables = Installables(line.options)
    return not is_nix(word) and installables.store_path(Subject(word, False)) is None


def _image(line: CommandLine) -> dict[str, Any]:
    from lixeval.teach.image_stages import image_stages

    with Images(line.options, None) as images:
        (subject,) = images.subjects()
        image = images.open(subject)
        return {"image": image.where, "stages": image_stages(image)}


def _derivation(line: CommandLine) -> dict[str, Any]:
    installables = Installables(line.options)
    (subject,) = installables.subjects()
    drv_path = installables.derivation(subject)
    derivation = installables.store.read_derivation(drv_path)
    attributes = _attributes(installables, subject) if installables.store_path(subject) is None else []
    description = to_json(parse_path(drv_path).name.removesuffix(".drv"), derivation)
    return {
        "derivation": drv_path,
        "attributes": attributes,
        "environment": description["env"],
        "builder": description["builder"],
        "arguments": description["args"],
        "stages": stages(drv_path, installables.store.read_derivation),
    }


def _attributes(installables: Installables, subject: Subject) -> list[dict[str, str]]:
    """The attributes that `derivation` was given, as Nix shows them."""

    def body() -> list[dict[str, str]]:
        (value,) = installables.values(subject)
        found = force(value)
        given = force(found["drvAttrs"]) if found.__class__ is dict and "drvAttrs" in found else None
        if given.__class__ is not dict:
            return []
        return [{"name": name, "value": shown(given[name])} for name in sorted_names(given)]

    return installables.workspace.evaluate(body)


def _lines(told: dict[str, Any]) -> Iterator[str]:
    painter = Painter(wants_colour(sys.stdout))
    wide = width()
    if "image" in told:
        yield painter.paint(colours.BOLD, f"the image {printable(told['image'])}")
    else:
        yield from _before_hashes(told, painter, wide)
    hashes: list[Stage] = told["stages"]
    inputs = [stage for stage in hashes if stage.of_input]
    if len(inputs) > INPUTS:
        yield ""
        yield f"… the hashes modulo of {len(inputs) - INPUTS} more inputs: --json has them"
        hashes = hashes[len(inputs) - INPUTS :]
    for stage in hashes:
        yield ""
        yield painter.paint(colours.BOLD, stage.title)
        yield from _wrapped(stage.hashed, wide)
        yield f"  sha256  {stage.sha256}"
        if stage.note:
            yield f"  {cut(printable(stage.note), 2 * wide)}"
        if stage.result:
            yield painter.paint(colours.GREEN, f"  →  {stage.result}")


def _before_hashes(told: dict[str, Any], painter: Painter, wide: int) -> Iterator[str]:
    if told["attributes"]:
        yield painter.paint(colours.BOLD, "the attributes given to `derivation`")
        for entry in told["attributes"]:
            yield cut(f"  {entry['name']} = {printable(entry['value'])}", wide)
        yield ""
    yield painter.paint(colours.BOLD, "the environment of its builder: every attribute as a string")
    for name, value in sorted(told["environment"].items()):
        yield cut(f"  {printable(name)}={printable(value)}", wide)
    yield cut(f"  run as: {printable(' '.join([told['builder'], *told['arguments']]))}", wide)


def _wrapped(text: str, wide: int) -> Iterator[str]:
    """A text that is hashed, in lines; only its beginning where it is long."""
    whole = printable(text.replace("\n", "␤"))
    for start in range(0, min(len(whole), LONGEST), wide - 2):
        yield "  " + whole[start : min(start + wide - 2, LONGEST)]
    if len(whole) > LONGEST:
        yield f"  … {len(text)} characters in all: --json has them"
