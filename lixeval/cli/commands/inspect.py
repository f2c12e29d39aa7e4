"""`lixeval inspect IMAGE`: what is in an image, layer by layer, and why.

On a terminal tables; with --json everything but the single files; with --html one page that shows layers, paths and
files as areas (`cli.output.image_page`).
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from lixeval.cli.images import Images
from lixeval.cli.installables import Subject
from lixeval.cli.output.page_file import check_page
from lixeval.cli.output.terminal import is_drawable
from lixeval.cli.output.wording import clean, percent, plural, short_path
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import UsageError
from lixeval.formats.sizes import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from lixeval.containers.inspection import Group, Inspection, LayerView
    from lixeval.containers.path_reasons import PathReason

COMMAND = "inspect"
_FEW = 4
_WIDE = 115
_MOST_OTHERS = 8
_TRAILING = re.compile(r" +\n")
_COLOURS = {"explicit": "green", "popular": "cyan", "rest": "yellow"}


def run(arguments: list[str]) -> int:
    """Looks at an image."""
    line = read(COMMAND, arguments)
    at_least(line, COMMAND, 1, "an image to look at")
    page = line.texts.get("html")
    if page is not None:
        check_page(page)
    from lixeval.containers.inspection import inspect
    from lixeval.containers.path_reasons import reasons_of

    with Images(line.options, line.options.platform) as images:
        subject, *more = images.subjects()
        if more:
            raise UsageError(f"lixeval inspect takes one image, and '{more[0].text}' is another", hint="--against it?")
        other = line.texts.get("against")
        against = images.open(Subject(other, False)) if other is not None else None
        image = images.open(subject)
        provenance = images.provenance()  # once it is built
        found = inspect(image, provenance, against)
        word = line.texts.get("why")
        if word is not None:
            _tell_why(reasons_of(found, word, provenance), as_json="json" in line.flags)
            return 0
    if page is not None:
        from lixeval.cli.output.image_page import write_page

        write_page(found, page)
    if "json" in line.flags:
        print(json.dumps(found.to_json(), indent=2, ensure_ascii=True))
    elif page is None:
        _print(found, every="paths" in line.flags)
    else:
        print(page)
    return 0


def _tell_why(reasons: list[PathReason], *, as_json: bool) -> None:
    """A path, its layers, and the way to it from one that was named."""
    if as_json:
        print(json.dumps([reason.to_json() for reason in reasons], indent=2))
        return
    for number, reason in enumerate(reasons):
        print(("\n" if number else "") + clean(reason.path))
        for layer, why, because in reason.layers:
            told = clean(": ".join(part for part in (why, because) if part)) or "nobody knows why"
            print(f"  layer {layer}   {told}")
        if len(reason.way) > 1:
            print(f"  {clean(reason.way[0])}   {clean(reason.named)}")
        for depth, path in enumerate(reason.way[1:], 1):
            print(f"  {'  ' * (depth - 1)}└ needs {clean(path)}")


# -- tables ------------------------------------------------------------------------------------------------------------


def console_for_results() -> Console:
    """stdout: as wide as the terminal, or wide enough for whole rows in a pipe."""
    from rich.console import Console

    if is_drawable(sys.stdout):
        return Console(highlight=False)
    # The padding of the last column is of no use to whoever reads a pipe.
    return Console(file=cast(TextIO, _Trimmed()), width=220, no_color=True, highlight=False)


class _Trimmed:
    """stdout without spaces at the ends of lines."""

    def write(self, text: str) -> int:
        sys.stdout.write(_TRAILING.sub("\n", text))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()


def plain_table(**options: Any) -> Table:
    """A table with room between columns and a line below its head."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", **options)


def _print(found: Inspection, *, every: bool) -> None:
    console = console_for_results()
    _print_head(console, found)
    console.print()
    if console.width >= _WIDE:
        console.print(_layer_table(found, every))
    else:
        _print_layers(console, found, every)
    _print_config(console, found.config)
    _print_biggest(console, found)
    if found.reuse is not None:
        _print_reuse(console, found)


def _print_head(console: Console, found: Inspection) -> None:
    from rich.text import Text

    name = ", ".join(full_names(found.names)) or found.where
    console.print(Text.assemble((clean(name), "bold"), "  ", (clean(f"{found.kind}, {found.where}"), "dim")))
    grid = _grid(room=2 if console.width >= _WIDE else 1)
    grid.add_row("id", found.image_id)
    if found.manifest_digest:
        grid.add_row("manifest", found.manifest_digest)
    grid.add_row("platform", Text(clean(found.platform) or "unknown"))
    if found.created:
        grid.add_row("created", Text(clean(found.created)))
    unpacked = "" if found.size == found.tar_size else f", {size(found.tar_size)} unpacked"
    grid.add_row("size", f"{size(found.size)}{unpacked}; {plural(len(found.layers), 'layer')}")
    hidden = f"; {size(found.hidden)} of them hidden by later layers" if found.hidden else ""
    grid.add_row("files", f"{found.files:,}{hidden}")
    if found.others:
        listed = "; ".join(clean(name) for name in found.others[:_MOST_OTHERS])
        left = len(found.others) - _MOST_OTHERS
        grid.add_row("also here", Text(listed + (f"; and {left} more" if left > 0 else "")))
    console.print(grid)


def full_names(names: list[str]) -> list[str]:
    """The names without the tags that others of them end in."""
    return [name for name in names if not any(other.endswith(f":{name}") for other in names)]


def _grid(room: int = 2) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, room))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _print_layers(console: Console, found: Inspection, every: bool) -> None:
    """Where there is no room for one table: a headline for each layer, and its paths below; nothing is cut."""
    from rich.table import Table
    from rich.text import Text

    for layer in found.layers:
        digest = (layer.digest or layer.diff_id).removeprefix("sha256:")[:12]
        share = f"{_bar(layer.share)} {percent(layer.share)}"
        about = f"  {size(layer.size)}  {share}  {plural(layer.files, 'file')}  {digest}"
        console.print(Text.assemble((f"layer {layer.number}", "bold"), about))
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", no_wrap=True, min_width=12)
        table.add_column(overflow="fold")
        table.add_column(overflow="fold")
        for name, amount, why in _rows(layer, every):
            table.add_row(amount, name, why)
        console.print(table)


def _layer_table(found: Inspection, every: bool) -> Table:
    """A row for each path of a layer; what is said of the layer stands in its first row."""
    table = plain_table()
    table.add_column("#", justify="right")
    table.add_column("layer", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("share", no_wrap=True)
    table.add_column("files", justify="right")
    table.add_column("what is in it", no_wrap=True, overflow="ellipsis", min_width=16)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("why", no_wrap=True, overflow="ellipsis", min_width=14)
    for layer in found.layers:
        digest = (layer.digest or layer.diff_id).removeprefix("sha256:")[:12]
        about = [str(layer.number), digest, size(layer.size)]
        about += [f"{_bar(layer.share)} {percent(layer.share)}", f"{layer.files:,}"]
        for number, cells in enumerate(_rows(layer, every)):
            table.add_row(*(about if number == 0 else [""] * len(about)), *cells)
    return table


def _bar(share: float, width: int = 6) -> str:
    eighths = round(share * width * 8)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + ("▏▎▍▌▋▊▉"[part - 1] if part else "")).ljust(width)


def _rows(layer: LayerView, every: bool) -> Iterator[tuple[Any, str, Any]]:
    """What is told of the paths of a layer: name, size, reason."""
    from rich.text import Text

    shown = layer.groups if every or len(layer.groups) <= _FEW + 1 else layer.groups[:_FEW]
    # What made a layer of somebody else's is all that is known of it.
    made_by = "" if any(group.why for group in layer.groups) else clean(layer.created_by)
    for number, group in enumerate(shown):
        said = Text(made_by if number == 0 else "", style="dim") if made_by else _reason(group)
        yield Text(clean(short_path(group.name))), size(group.size), said
    left = layer.groups[len(shown) :]
    if left:
        yield Text(f"{len(left)} more", style="dim"), size(sum(group.size for group in left)), ""
    if layer.hidden:
        yield Text("hidden by later layers", style="dim"), size(layer.hidden), ""
    for fault in layer.faults[:3]:
        yield Text(f"! {clean(fault)}", style="red"), "", ""
    if not shown and not layer.hidden and not layer.faults:
        yield Text("nothing", style="dim"), "", Text(made_by, style="dim")


def _reason(group: Group) -> Any:
    from rich.text import Text

    if not group.why:
        return Text(clean(group.because), style="dim")
    return Text.assemble((group.why, _COLOURS.get(group.why, "")), ": ", clean(group.because))


def _print_config(console: Console, config: dict[str, Any]) -> None:
    from rich.text import Text

    if not config:
        return
    console.print("\n[bold]configuration[/bold]")
    grid = _grid()
    for name, value in config.items():
        for number, text in enumerate(_config_lines(value)):
            grid.add_row(Text(clean(name) if number == 0 else ""), Text(clean(text)))
    console.print(grid)


def _config_lines(value: Any) -> Iterator[str]:
    """A member of the configuration: lists of variables and maps a line each, commands as JSON."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield str(key) if member in ({}, None) else f"{key} = {_compact(member)}"
    elif isinstance(value, list) and all(isinstance(one, str) and "=" in one for one in value):
        yield from value
    else:
        yield _compact(value)


def _compact(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_biggest(console: Console, found: Inspection) -> None:
    from rich.text import Text

    if found.biggest_groups:
        console.print("\n[bold]biggest paths[/bold]")
        table = plain_table(show_header=False)
        for group in found.biggest_groups[:8]:
            name = group.name if console.width >= _WIDE else short_path(group.name)
            table.add_row(
                size(group.size), plural(group.files, "file"), Text(clean(name), overflow="fold"), _reason(group)
            )
        table.columns[0].justify = table.columns[1].justify = "right"
        console.print(table)
    if found.biggest_files:
        console.print("\n[bold]biggest files[/bold]")
        table = plain_table(show_header=False)
        for file in found.biggest_files[:8]:
            path = file.path if console.width >= _WIDE else short_path(file.path)
            table.add_row(size(file.size), f"layer {file.layer}", Text(clean(path), overflow="fold"))
        table.columns[0].justify = "right"
        console.print(table)


def _print_reuse(console: Console, found: Inspection) -> None:
    from rich.text import Text

    reuse = found.reuse
    assert reuse is not None
    total = reuse.bytes + reuse.new_bytes
    console.print()
    console.print(Text(f"whoever has {clean(reuse.against)}", style="bold"))
    grid = _grid()
    shared = f"{plural(len(reuse.layers), 'layer')}, {size(reuse.bytes)}"
    grid.add_row("has already", f"{shared} ({percent(reuse.bytes / total if total else 0.0)})")
    new = [layer for layer in found.layers if layer.number not in reuse.layers]
    grid.add_row("must get", f"{plural(len(new), 'layer')}, {size(reuse.new_bytes)}")
    for layer in new:
        names = ", ".join(clean(short_path(group.name)) for group in layer.groups[:3])
        more = f" and {len(layer.groups) - 3} more" if len(layer.groups) > 3 else ""
        grid.add_row("", Text(f"layer {layer.number}: {size(layer.tar_size)}, {names}{more}"))
    console.print(grid)
