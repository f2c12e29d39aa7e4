"""`lixeval store verify`, `gc` and `delete`: is the store whole, and what can go."""

from __future__ import annotations

import sys
from contextlib import closing

from lixeval.cli.installables import open_store, store_path_of
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.store.garbage import Collected
    from lixeval.store.local import LocalStore

VERIFY_HELP = """\
usage: lixeval store verify [--check-contents]

tells what is wrong with the store, a line for each path: those that are gone, and with --check-contents (which reads
every file) those that have changed

exit codes: 0 all is well; 1 it is not
"""


def verify(arguments: list[str]) -> int:
    """`lixeval store verify`; see VERIFY_HELP."""
    line = read("store verify", arguments, {"--check-contents": "contents"})
    if "help" in line.flags:
        print(VERIFY_HELP, end="")
        return 0
    _no_words(line.words, "verify")
    with closing(open_store(line.options)) as store:
        problems = store.verify("contents" in line.flags)
        count = len(store.all_paths())
    for problem in problems:
        print(problem)
    found = f"{len(problems)} of them wrong" if problems else "nothing is wrong"
    print(f"{count} paths in {store.real_store_dir}, {found}", file=sys.stderr)
    return 1 if problems else 0


GC_HELP = """\
usage: lixeval store gc [--dry-run | --print-dead | --print-live | --print-roots]

deletes every path that no root leads to.  Roots are the links to what was built (`result`, -o), and whatever lies in
ROOT/nix/var/nix/gcroots and profiles; a path keeps what it refers to and the derivation that made it

  --dry-run       says how much would be deleted
  --print-dead    the paths that would be deleted
  --print-live    the paths that would stay
  --print-roots   the roots, and what each of them keeps
  --store ROOT
"""


def collect(arguments: list[str]) -> int:
    """`lixeval store gc`; see GC_HELP."""
    flags = {
        "--print-dead": "dead",
        "--print-live": "live",
        "--print-roots": "roots",
    }
    line = read("store gc", arguments, flags)
    if "help" in line.flags:
        print(GC_HELP, end="")
        return 0
    _no_words(line.words, "gc")
    asked = sorted(line.flags) + (["dry-run"] if line.options.dry_run else [])
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


DELETE_HELP = """\
usage: lixeval store delete PATH …

deletes paths from the store, unless something refers to them that is not deleted as well, or a root keeps them
"""


def delete(arguments: list[str]) -> int:
    """`lixeval store delete`; see DELETE_HELP."""
    line = read("store delete", arguments)
    if "help" in line.flags:
        print(DELETE_HELP, end="")
        return 0
    at_least(line, "store delete", 1, "a store path")
    from lixeval.store import garbage

    with closing(open_store(line.options)) as store:
        paths = [store_path_of(store, word) for word in line.words]
        _report(garbage.delete(store, paths), "deleted", "freed")
    return 0


def _no_words(words: list[str], command: str) -> None:
    if words:
        raise UsageError(f"lixeval store {command} takes no paths", hint=f"lixeval store {command} --help")
