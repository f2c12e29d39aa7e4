"""`lixeval diff IMAGE IMAGE`: where two images part: configuration, layers, paths, files.

Paths are the groups of `containers.inspection`: store paths, or two levels of folders.  A store path that is in one
image only is told with the one of the same name that took its place, if there is just one.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lixeval.cli.commands.inspect import console_for_results, full_names, plain_table
from lixeval.cli.images import Images
from lixeval.cli.output.wording import clean, percent, plural, short_path
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import UsageError
from lixeval.formats.sizes import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from lixeval.oci.comparison import Change, Comparison, FileChange, LayerPair
    from lixeval.oci.reading.opened import OpenedImage

COMMAND = "diff"
_FEW_FILES = 12
_WIDE = 115
"""Columns from which on there is room for whole store paths."""


@dataclass(frozen=True, slots=True)
class PathChange:
    """The files of one group that differ, counted; sizes are those of these files."""

    name: str
    what: str
    files: int
    before: int
    after: int
    instead_of: str | None = None


def run(arguments: list[str]) -> int:
    """Compares two images."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 2, "two images to compare")
    from lixeval.oci.comparison import compare

    with Images(line.options, line.options.platform) as images:
        subjects = images.subjects()
        if len(subjects) > 2:
            raise UsageError(f"lixeval diff takes two images, and '{subjects[2].text}' is a third")
        before, after = (images.open(subject) for subject in subjects)
        found = compare(before, after)
    paths = path_changes(found.files)
    if "json" in line.flags:
        print(json.dumps(_as_json(before, after, found, paths), indent=2, ensure_ascii=True))
    else:
        _print(before, after, found, paths, every="all" in line.flags)
    return 0 if found.same else 1


def path_changes(files: Iterable[FileChange]) -> list[PathChange]:
    """Changes summed up by store path or folder, the biggest first."""
    from lixeval.containers.inspection import group_of

    groups: dict[str, list[FileChange]] = defaultdict(list)
    for change in files:
        groups[group_of(tuple(part.encode("utf-8", "surrogateescape") for part in change.path.split("/")[1:]))].append(
            change
        )
    found = []
    for name, changes in groups.items():
        kinds = {change.what for change in changes}
        # A store path is there as a whole or not at all; of a folder some files may be new and others gone.
        what = kinds.pop() if len(kinds) == 1 else "changed"
        found.append(
            PathChange(name, what, len(changes), sum(one.before for one in changes), sum(one.after for one in changes))
        )
    return sorted(_paired(found), key=lambda change: (-max(change.before, change.after), change.name))


def _paired(changes: Sequence[PathChange]) -> list[PathChange]:
    """A store path that was added where one of the same package was removed is told as one change."""
    removed: dict[str, list[PathChange]] = defaultdict(list)
    added: dict[str, list[PathChange]] = defaultdict(list)
    for change in changes:
        if change.name.startswith("/nix/store/") and change.what in ("added", "removed"):
            (added if change.what == "added" else removed)[_package(change.name)].append(change)
    result = list(changes)
    for package, new in added.items():
        old = removed.get(package, [])
        if len(new) == len(old) == 1:
            result.remove(new[0])
            result.remove(old[0])
            result.append(
                PathChange(new[0].name, "replaced", new[0].files, old[0].before, new[0].after, instead_of=old[0].name)
            )
    return result


def _package(path: str) -> str:
    """The name of a store path without its version: `bash` of `/nix/store/…-bash-5.2`."""
    parts = short_path(path).split("-")
    kept = [part for position, part in enumerate(parts) if position == 0 or not part[:1].isdigit()]
    return "-".join(kept)


# -- JSON and tables ---------------------------------------------------------------------------------------------------


def _as_json(before: OpenedImage, after: OpenedImage, found: Comparison, paths: Sequence[PathChange]) -> dict[str, Any]:
    return {
        "same": found.same,
        "before": _described(before, found.sizes[0]),
        "after": _described(after, found.sizes[1]),
        "config": [asdict(change) for change in found.config],
        "layers": [asdict(pair) for pair in found.layers],
        "paths": [asdict(change) for change in paths],
        "files": [asdict(change) for change in found.files],
    }


def _described(image: OpenedImage, tar_size: int) -> dict[str, Any]:
    return {
        "image": image.where.strip("'"),
        "names": list(image.names),
        "id": image.image_id,
        "manifest": image.manifest_digest,
        "size": tar_size,
    }


def _print(
    before: OpenedImage, after: OpenedImage, found: Comparison, paths: Sequence[PathChange], *, every: bool
) -> None:
    console = console_for_results()
    table = plain_table()
    for heading in ("", "image", "id", "size", "layers"):
        table.add_column(heading, overflow="fold")
    for sign, image, total in (("-", before, found.sizes[0]), ("+", after, found.sizes[1])):
        name = ", ".join(full_names(list(image.names))) or image.where.strip("'")
        table.add_row(sign, _escaped(name), image.image_id[7:19], size(total), str(len(image.layers)))
    console.print(table)
    if found.same:
        console.print("\nthe same image")
        return
    if found.same_id:
        console.print("\nthe same configuration and layers by name; their contents differ")
    _print_config(console, found.config)
    _print_layers(console, found.layers, found.sizes[1])
    _print_paths(console, paths)
    _print_files(console, found.files, every)


def _print_config(console: Console, changes: Sequence[Change]) -> None:
    if not changes:
        return
    console.print("\n[bold]configuration[/bold]")
    for change in changes:
        if change.before is not None:
            console.print(f"[red]- {_escaped(change.name)} = {_escaped(_value(change.before))}[/red]")
        if change.after is not None:
            console.print(f"[green]+ {_escaped(change.name)} = {_escaped(_value(change.after))}[/green]")


def _print_layers(console: Console, pairs: Sequence[LayerPair], total: int) -> None:
    shared = [pair for pair in pairs if pair.before is not None and pair.after is not None]
    same = sum(pair.size for pair in shared)
    console.print("\n[bold]layers[/bold]")
    console.print(f"  {plural(len(shared), 'layer')} in both, {size(same)} ({percent(same / total if total else 0)})")
    for pair in pairs:
        if pair.before is None:
            console.print(f"[green]+ {pair.after}: {pair.diff_id[7:19]}  {size(pair.size)}[/green]")
        elif pair.after is None:
            console.print(f"[red]- {pair.before}: {pair.diff_id[7:19]}  {size(pair.size)}[/red]")


_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow"), "replaced": ("~", "yellow")}


def _print_paths(console: Console, paths: Sequence[PathChange]) -> None:
    if not paths:
        return
    from rich.text import Text

    console.print("\n[bold]paths[/bold]")
    table = plain_table(show_header=False)
    for change in paths:
        sign, colour = _SIGNS[change.what]
        name = clean(change.name if console.width >= _WIDE else short_path(change.name))
        if change.instead_of is not None:
            name = f"{clean(short_path(change.instead_of))} → {clean(short_path(change.name))}"
            if short_path(change.instead_of) == short_path(change.name):
                name = f"{clean(short_path(change.name))} (another build of it)"
        growth = change.after - change.before
        table.add_row(
            f"[{colour}]{sign}[/{colour}]",
            Text(name, overflow="fold"),
            plural(change.files, "file"),
            size(max(change.before, change.after)),
            f"{'+' if growth > 0 else ''}{size(growth)}" if growth else "",
        )
    for column in table.columns[2:]:
        column.justify = "right"
    console.print(table)


def _print_files(console: Console, files: Sequence[FileChange], every: bool) -> None:
    """Single files: those that both images have, since of new and removed paths all files are."""
    shown = list(files) if every else [change for change in files if change.what == "changed"][:_FEW_FILES]
    if not files:
        return
    if shown:
        console.print("\n[bold]files[/bold]")
        for change in shown:
            sign, colour = _SIGNS[change.what]
            how = f"  ({', '.join(change.how)})" if change.how else ""
            console.print(f"[{colour}]{sign}[/{colour}] {_escaped(change.path + how)}", soft_wrap=True)
    left = len(files) - len(shown)
    if left:
        console.print(f"[dim]{plural(left, 'more file')}; --files shows all[/dim]")


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(clean(text))
