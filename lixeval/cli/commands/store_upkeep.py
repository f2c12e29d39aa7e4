"""`lixeval store verify`, `repair`, `gc` and `delete`: is the store whole, and what can go."""

from __future__ import annotations

import sys
from contextlib import closing

from lixeval.cli.installables import Installables, open_store, store_path_of
from lixeval.cli.subcommand import at_least, no_words, read
from lixeval.daemon import collecting
from lixeval.environment.variables import store_root
from lixeval.errors import LixevalError, UsageError
from lixeval.evaluation.limits import parse_size
from lixeval.formats.sizes import mebibytes
from lixeval.store.garbage import Keeping
from lixeval.store.verify import damage_of, damaged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.formats.store_path import StorePath
    from lixeval.store.garbage import Collected
    from lixeval.store.local import LocalStore


def verify(arguments: list[str]) -> int:
    """`lixeval store verify`."""
    line = read("store verify", arguments)
    installables = Installables(line.options)
    store = installables.store
    named = {store.info(store_path_of(store, word)).path for word in line.words}
    paths = named or set(store.all_paths())
    problems = damaged(store, paths, check_contents=bool(named) or "contents" in line.flags)
    for problem in problems.values():
        print(problem)
    found = f"{len(problems)} of them wrong" if problems else "nothing is wrong"
    count = "1 path" if len(paths) == 1 else f"{len(paths)} paths"
    print(f"{count} in {store.real_store_dir}, {found}", file=sys.stderr)
    if problems and "repair" in line.flags:
        return _repair(installables, problems)
    return 1 if problems else 0


def repair(arguments: list[str]) -> int:
    """`lixeval store repair`."""
    line = read("store repair", arguments)
    if "database" in line.flags:
        no_words(line, "store repair --database")
        return _rebuild(store_root(line.options.store))
    at_least(line, "store repair", 1, "a store path")
    installables = Installables(line.options)
    store = installables.store
    paths = [store_path_of(store, word) for word in line.words]
    infos = [store.info(path) for path in paths]
    return _repair(installables, [info.path for info in infos if damage_of(store, info, True) is not None])


def _repair(installables: Installables, paths: Iterable[StorePath]) -> int:
    """Repairs one path after the other; 1 if one is not what it should be afterwards."""
    from lixeval.build.plan import Wanted
    from lixeval.store.repair import repair as repair_path

    workspace, code = installables.workspace, 0

    def build(drv_path: StorePath, output: str) -> None:
        workspace.realise([Wanted(drv_path, (output,))])

    for path in paths:
        try:
            repair_path(workspace.store, path, build, lambda path: workspace.fetch([path]))
            print(f"repaired '{path}'", file=sys.stderr)
        except LixevalError as error:
            code = 1
            print(f"cannot repair '{path}': {error.message}", file=sys.stderr)
            if error.hint:
                print(f"  {error.hint}", file=sys.stderr)
    return code


def _rebuild(root: str | None) -> int:
    from lixeval.store.rebuild import rebuild_database

    rebuilt = rebuild_database(root)
    for path in rebuilt.lost:
        print(f"path '{path}' is not valid any more")
    kept = f"; the old database is '{rebuilt.old}'" if rebuilt.old else ""
    print(f"{rebuilt.valid} paths are valid{kept}", file=sys.stderr)
    return 0


def collect(arguments: list[str]) -> int:
    """`lixeval store gc`."""
    line = read("store gc", arguments)
    no_words(line, "store gc")
    asked = sorted(line.flags)
    most = parse_size(line.texts["most"]) if "most" in line.texts else None
    if len(asked) > 1:
        raise UsageError(
            "one of --dry-run, --print-dead, --print-live and --print-roots", hint="lixeval store gc --help"
        )
    settings = line.options.settings
    keeping = Keeping(derivations=settings["keep-derivations"], outputs=settings["keep-outputs"])
    with closing(open_store(line.options)) as store:
        if asked:
            _tell(store, asked[0], keeping)
        else:
            collected = collecting.collect(store, keeping, _waiting, most)
            _report(collected, "deleted", "freed")
            _report_images(collected.paths, store.all_paths(), "deleted")
    return 0


def _waiting() -> None:
    print("waiting for another collector, which is at work", file=sys.stderr)


def _tell(store: LocalStore, what: str, keeping: Keeping) -> None:
    """What a collection would do, without doing it."""
    if what == "roots":
        for link, kept in collecting.roots(store):
            print(f"{link} -> {kept}")
    elif what == "dry-run":
        collected = collecting.dead(store, keeping)
        _report(collected, "would be deleted", "would be freed")
        _report_images(collected.paths, collecting.alive(store, keeping), "to be deleted")
    else:
        paths = collecting.alive(store, keeping) if what == "live" else collecting.dead(store, keeping).paths
        for path in sorted(paths):
            print(path)


def _report(collected: Collected, deleted: str, freed: str) -> None:
    count = len(collected.paths)
    print(f"{count} store path{'' if count == 1 else 's'} {deleted}, {mebibytes(collected.size)} {freed}")


def _report_images(dead: Iterable[str], living: Iterable[str], deleted: str) -> None:
    """What becomes of images: what was written somewhere stays there; what the store has of them needs a root."""
    gone, kept = (sum(map(_is_image, paths)) for paths in (dead, living))
    if gone or kept:
        print(f"images: {kept} kept, {gone} {deleted}", file=sys.stderr)
    if gone:
        print("archives and registries keep theirs; lixeval FILE --add-root LINK keeps an image here", file=sys.stderr)


def _is_image(path: str) -> bool:
    name = path.rpartition("/")[2][33:]
    return name.endswith(".json") and name.startswith(("image-", "nix2container-"))


def optimise(arguments: list[str]) -> int:
    """`lixeval store optimise`."""
    from lixeval.store import optimise

    line = read("store optimise", arguments)
    no_words(line, "store optimise")
    with closing(open_store(line.options)) as store:
        saved = optimise.optimise(store)
    print(f"{mebibytes(saved.bytes)} freed by hard-linking {saved.files} files", file=sys.stderr)
    return 0


def delete(arguments: list[str]) -> int:
    """`lixeval store delete`."""
    line = read("store delete", arguments)
    at_least(line, "store delete", 1, "a store path")
    with closing(open_store(line.options)) as store:
        paths = [store_path_of(store, word) for word in line.words]
        _report(collecting.delete(store, paths, _waiting), "deleted", "freed")
    return 0
