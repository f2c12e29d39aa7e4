"""`lixeval store verify`, `gc` and `delete`: is the store whole, and what can go."""

from __future__ import annotations

import sys
from contextlib import closing

from lixeval.cli.installables import open_store, store_path_of
from lixeval.cli.subcommand import at_least, no_words, read
from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.garbage import Collected
    from lixeval.store.local import LocalStore


def verify(arguments: list[str]) -> int:
    """`lixeval store verify`."""
    line = read("store verify", arguments)
    no_words(line, "store verify")
    with closing(open_store(line.options)) as store:
        problems = store.verify("contents" in line.flags)
        count = len(store.all_paths())
    for problem in problems:
        print(problem)
    found = f"{len(problems)} of them wrong" if problems else "nothing is wrong"
    print(f"{count} paths in {store.real_store_dir}, {found}", file=sys.stderr)
    return 1 if problems else 0


def collect(arguments: list[str]) -> int:
    """`lixeval store gc`."""
    line = read("store gc", arguments)
    no_words(line, "store gc")
    asked = sorted(line.flags)
    if len(asked) > 1:
        raise UsageError(
            "one of --dry-run, --print-dead, --print-live and --print-roots", hint="lixeval store gc --help"
        )
    with closing(open_store(line.options)) as store:
        if asked:
            _tell(store, asked[0])
        else:
            _report(store.collect_garbage(), "deleted", "freed")
    return 0


def _tell(store: LocalStore, what: str) -> None:
    """What a collection would do, without doing it."""
    from lixeval.store import garbage

    if what == "roots":
        for link, kept in garbage.roots(store):
            print(f"{link} -> {kept}")
    elif what == "dry-run":
        _report(garbage.dead(store), "would be deleted", "would be freed")
    else:
        for path in sorted(garbage.alive(store) if what == "live" else garbage.dead(store).paths):
            print(path)


def _report(collected: Collected, deleted: str, freed: str) -> None:
    count = len(collected.paths)
    size = collected.size / (1 << 20)
    print(f"{count} store path{'' if count == 1 else 's'} {deleted}, {size:.2f} MiB {freed}")


def delete(arguments: list[str]) -> int:
    """`lixeval store delete`."""
    line = read("store delete", arguments)
    at_least(line, "store delete", 1, "a store path")
    from lixeval.store import garbage

    with closing(open_store(line.options)) as store:
        paths = [store_path_of(store, word) for word in line.words]
        _report(garbage.delete(store, paths), "deleted", "freed")
    return 0
