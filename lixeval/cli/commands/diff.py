"""`lixeval diff A B`: where two derivations, or two images, part.

Of derivations the causes are shown: the fields that differ by themselves in the deepest inputs that differ, and not
the thousand paths that differ because of them.  See `store.reports.derivation_difference`.
"""

from __future__ import annotations

import json
import sys
from itertools import islice

from lixeval.cli.installables import Installables
from lixeval.cli.output.terminal import is_drawable
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import StoreError, UsageError
from lixeval.formats.store_path import StorePath
from lixeval.formats.store_path import parse as parse_path
from lixeval.store.reports.derivation_difference import differences

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.store.local import LocalStore
    from lixeval.store.reports.derivation_difference import Difference, FieldDifference

COMMAND = "diff"
_LONGEST_WAY = 8


def run(arguments: list[str]) -> int:
    """Compares two derivations."""
    line = read(COMMAND, arguments)
    if "images" in line.flags or any(map(_is_image, line.words)):
        from lixeval.cli.commands import diff_images

        return diff_images.run(arguments)
    at_least(line, COMMAND, 2, "two derivations to compare")
    installables = Installables(line.options)
    subjects = installables.subjects()
    if len(subjects) > 2:
        raise UsageError(
            f"lixeval diff takes two things, and '{subjects[2].text}' is a third", hint="lixeval diff --help"
        )
    left, right = (installables.derivation(subject) for subject in subjects)
    causes = _differences(installables.store, left, right)
    found = list(causes) if "all" in line.flags else list(islice(causes, 1))
    if "json" in line.flags:
        print(json.dumps(as_json(left, right, found), indent=2, ensure_ascii=False))
    else:
        _print(left, right, found)
        if next(causes, None) is not None:
            print("there are more causes: --all shows every one", file=sys.stderr)
    return 1 if left != right else 0


def _is_image(word: str) -> bool:
    """Whether a word names a finished image."""
    if word.endswith((".nix", ".drv")) or word.startswith("/nix/store/"):
        return False
    from lixeval.cli.images import looks_like_image

    return looks_like_image(word)


def _differences(store: LocalStore, left: StorePath, right: StorePath) -> Iterator[Difference]:
    def read_file(path: str) -> bytes:
        try:
            with open(store.real(path), "rb") as file:
                return file.read()
        except OSError as error:
            raise StoreError(f"cannot read derivation '{path}': {error.strerror}") from error

    return differences(left, right, read_file, read_file)


def as_json(left: str, right: str, found: list[Difference]) -> dict[str, Any]:
    """What was found, with the whole of each value; null where a side has no such field."""
    return {
        "left": left,
        "right": right,
        "equal": left == right,
        "differences": [
            {
                "left": one.left_path,
                "right": one.right_path,
                "chain": [{"left": ours, "right": theirs} for ours, theirs in one.chain],
                "fields": [{"field": f.field, "left": f.left, "right": f.right} for f in one.fields],
            }
            for one in found
        ],
    }


def _print(left: str, right: str, found: list[Difference]) -> None:
    if left == right:
        print(f"the same derivation: {left}")
        return
    table = _print_table if is_drawable(sys.stdout) else _print_plain
    for number, one in enumerate(found):
        if number:
            print()
        print(_way(one))
        table(one)


def _way(one: Difference) -> str:
    """The names on the way down, of a long one the beginning and the end."""
    names = [parse_path(ours).name.removesuffix(".drv") for ours, _ in one.chain]
    if len(names) > _LONGEST_WAY:
        half = _LONGEST_WAY // 2
        names = [*names[:half], f"({len(names) - 2 * half} more)", *names[-half:]]
    return " → ".join(names)


def _rows(one: Difference) -> list[tuple[str, str, str]]:
    return [("derivation", one.left_path, one.right_path), *(_row(field) for field in one.fields)]


def _row(field: FieldDifference) -> tuple[str, str, str]:
    """A field, both sides cut to where they part, on one line each."""
    left, right = (side.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for side in field.shown())
    return field.field, left, right


def _print_plain(one: Difference) -> None:
    for field, left, right in _rows(one):
        print(f"  {field}\n    - {left}\n    + {right}")


def _print_table(one: Difference) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=True)
    for heading in ("field", "left", "right"):
        table.add_column(heading, overflow="fold")
    for field, left, right in _rows(one):
        table.add_row(field, Text(left, "red"), Text(right, "green"))
    Console().print(table)
