"""`python -m tests.attack [WORD ...]`: the table of attempts, one a line."""

from __future__ import annotations

import sys
from collections import Counter

from lixeval.system.terminal_text import visible
from tests.attack.table import table


def main(words: list[str]) -> None:
    """Print the rows that have all of the words, and how many there are by door."""
    rows = [row for row in table() if all(word in " ".join(row) for word in words)]
    for row in rows:
        print(visible("\t".join(part.replace("\n", " ") for part in row)))
    doors = Counter(row.door for row in rows)
    numbers = {number for row in rows for number in row.advisory.split(", ") if number}
    print(f"{len(rows)} attempts by {len(doors)} doors, {len(numbers)} advisories", file=sys.stderr)
    print("".join(f"{count:5} {door}\n" for door, count in doors.items()), end="", file=sys.stderr)


main(sys.argv[1:])
