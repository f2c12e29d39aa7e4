"""`lixeval validate IMAGE`: every digest, size, media type and diff id of an image recomputed and compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lixeval.cli.commands.inspect import console_for_results, plain_table
from lixeval.cli.images import Images
from lixeval.cli.output.wording import clean, plural
from lixeval.cli.subcommand import at_least, read
from lixeval.formats.sizes import size

if TYPE_CHECKING:
    from lixeval.cli.installables import Subject
    from lixeval.oci.examination import Examination

COMMAND = "validate"
_MOST = 200


def run(arguments: list[str]) -> int:
    """Examines images."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "an image to examine")
    with Images(line.options, line.options.platform) as images:
        found = [(subject.text, _examined(images, subject)) for subject in images.subjects()]
    if "json" in line.flags:
        print(json.dumps([_as_json(text, examination) for text, examination in found], indent=2))
    else:
        for text, examination in found:
            _print(text, examination, quiet=line.options.quiet)
    return 0 if all(examination.sound for _, examination in found) else 1


def _examined(images: Images, subject: Subject) -> Examination:
    from lixeval.oci import media_types, validate
    from lixeval.oci.descriptor import Descriptor
    from lixeval.oci.reading.stream import Stream, of_bytes

    place = images.place(subject)
    if place is not None:
        return validate.examine(place)
    image = images.open(subject)
    assert image.manifest is not None
    layers = {layer.digest: layer for layer in image.layers}

    def open_blob(part: Descriptor) -> Stream:
        return layers[part.digest].open() if part.digest in layers else of_bytes(image.config)

    return validate.examine_manifest(image.manifest, media_types.said_by(image.manifest), open_blob, image.kind)


def _as_json(text: str, found: Examination) -> dict[str, object]:
    return {
        "image": text,
        "kind": found.kind,
        "sound": found.sound,
        "images": found.images,
        "blobs": found.blobs,
        "bytes": found.bytes,
        "faults": [{"part": one.part, "message": one.message, "grave": one.grave} for one in found.faults],
    }


def _print(text: str, found: Examination, *, quiet: bool) -> None:
    console = console_for_results()
    looked = f"{plural(found.images, 'image')}, {plural(found.blobs, 'blob')}, {size(found.bytes)}"
    if not found.faults:
        if not quiet:
            console.print(f"[green]sound[/green]  {_escaped(text)}  ({found.kind}; {looked})")
        return
    verdict = "[yellow]sound, with remarks[/yellow]" if found.sound else "[bold red]not sound[/bold red]"
    console.print(f"{verdict}  {_escaped(text)}  ({found.kind}; {looked})")
    table = plain_table()
    table.add_column("", no_wrap=True)
    table.add_column("part", overflow="fold")
    table.add_column("what is wrong", overflow="fold")
    for fault in found.faults[:_MOST]:
        kind = "[red]fault[/red]" if fault.grave else "[yellow]remark[/yellow]"
        table.add_row(kind, _escaped(fault.part), _escaped(fault.message))
    console.print(table)
    if len(found.faults) > _MOST:
        console.print(f"and {len(found.faults) - _MOST} more")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(clean(text))
