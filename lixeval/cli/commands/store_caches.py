"""Store paths between stores and caches: `lixeval copy --to/--from`, `store sign`, `store generate-key`."""

from __future__ import annotations

import os

from lixeval.cli.installables import Installables, open_store, store_path_of
from lixeval.cli.opened import opened
from lixeval.cli.option_table import is_store
from lixeval.cli.subcommand import at_least, no_words, read
from lixeval.errors import FormatError, SystemFailure, UsageError
from lixeval.formats.numbers import whole
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lixeval.cli.subcommand import CommandLine
    from lixeval.daemon.copying import Vouching
    from lixeval.formats.store_path import StorePath
    from lixeval.store.local import LocalStore


def copy_paths(line: CommandLine) -> int:
    """`lixeval copy PATH… --to PLACE`, `--from PLACE`, or both: a PLACE is a binary cache or a store."""
    at_least(line, "copy", 1, "a store path, or what gives one")
    source = line.texts.get("from")
    if source is not None and not is_store(source):
        if line.options.destinations:
            raise UsageError("--from a cache brings paths to the store: --to cannot be given with it")
        return _copy_from(line)
    from lixeval.system.signals import ending_politely

    if source is not None:
        from lixeval.daemon.any_store import open_store as open_any

        store = opened(open_any(source))
        paths = [store_path_of(store, word) for word in line.words]
        targets: list[str | None] = [*line.options.destinations] or [None]
    else:
        found = Installables(line.options)
        paths = [found.output(subject, build=True) for subject in found.subjects()]
        store, targets = found.store, [*line.options.destinations]
    with ending_politely():
        for place in targets:
            _give(line, store, paths, place)
    if source is not None:
        for path in paths:
            print(path)
    return 0


def _give(line: CommandLine, store: LocalStore, paths: Sequence[StorePath], place: str | None) -> None:
    """Brings paths of a store to a cache, or another store (None: the one that the options name)."""

    def told(path: str) -> None:
        if not line.options.quiet:
            shown = place if place is None or is_store(place) else place.partition("?")[0]
            towards = "" if shown is None else f" to '{shown}'"
            tell(f"copying path '{path}'{towards}...")

    if place is not None and not is_store(place):
        from lixeval.cli.workspace import patience_of
        from lixeval.substituters.giving import Giving

        Giving(store, place, patience_of(line.options.settings)).give(paths, told)
        return
    from lixeval.daemon.any_store import open_store as open_any
    from lixeval.daemon.copying import copy_closure

    target = open_store(line.options) if place is None else opened(open_any(place))
    copy_closure(store, target, paths, _vouching(line), told, substitute="substitute" in line.flags)


def _vouching(line: CommandLine) -> Vouching:
    """Whose word is taken: by Nix's settings, unless --no-check-sigs is given."""
    from lixeval.daemon.copying import Vouching
    from lixeval.formats.keys import PublicKey

    settings = line.options.settings
    if "no-check-sigs" in line.flags or not settings["require-sigs"]:
        return Vouching(None)
    try:
        return Vouching([PublicKey.parse(text) for text in settings["trusted-public-keys"]])
    except FormatError as error:
        raise UsageError(f"trusted-public-keys: {error.message}") from None


def _copy_from(line: CommandLine) -> int:
    from lixeval.build.realise import fetch
    from lixeval.cli.output.progress import observer_for
    from lixeval.cli.workspace import asking
    from lixeval.substituters.fetching import Substituter

    store = open_store(line.options)
    paths = [store_path_of(store, word) for word in line.words]
    if "no-check-sigs" in line.flags:
        line.options.settings.set("require-sigs", "false")
    settings = asking(line.options, [line.texts["from"]])
    assert settings is not None
    dry_run = line.options.dry_run = "dry-run" in line.flags
    observer = observer_for(line.options)
    fetch(store, paths, Substituter(store, settings, observer.message), observer, dry_run=dry_run)
    if dry_run:
        return 0
    for path in paths:
        print(path)
    return 0


def sign(arguments: list[str]) -> int:
    """`lixeval store sign -k FILE PATH…`."""
    from lixeval.formats import narinfo
    from lixeval.substituters.giving import secret_key

    line = read("store sign", arguments)
    at_least(line, "store sign", 1, "a store path")
    if "key" not in line.texts:
        raise UsageError("store sign needs a key", hint="-k FILE; lixeval store generate-key makes one")
    key = secret_key(line.texts["key"])
    store = open_store(line.options)
    paths = [store_path_of(store, word) for word in line.words]
    for info in store.infos(store.closure(paths) if "recursive" in line.flags else paths).values():
        message = narinfo.fingerprint(info.path, info.nar_hash, info.nar_size, info.references)
        store.add_signatures(info.path, [key.sign(message.encode())])
    for path in paths:
        store.info(path)  # says which one is not valid
    return 0


def make_content_addressed(arguments: list[str]) -> int:
    """`lixeval store make-content-addressed PATH…`."""
    import json
    import tempfile

    from lixeval.daemon.copying import dump_nar
    from lixeval.store.content_addressing import ContentAddressing

    line = read("store make-content-addressed", arguments)
    at_least(line, "store make-content-addressed", 1, "a store path")
    store = open_store(line.options)
    paths = [store_path_of(store, word) for word in line.words]
    addressing = ContentAddressing(store, lambda old, new: tell(f"rewriting '{old}' to '{new}'"))
    infos = store.infos(store.closure(paths))
    with store.batch():
        for path in store.topological(infos):
            with tempfile.TemporaryFile() as nar:
                dump_nar(store, path, nar.write)
                addressing.add(path, infos[path].references, nar)
    new_names = {path: addressing.new_names[path] for path in paths}
    if "json" in line.flags:
        print(json.dumps({"rewrites": new_names}, separators=(",", ":"), sort_keys=True))
    else:
        for old, new in new_names.items():
            tell(f"rewrote '{old}' to '{new}'")
    return 0


def generate_key(arguments: list[str]) -> int:
    """`lixeval store generate-key NAME SECRET-FILE PUBLIC-FILE`."""
    from lixeval.formats.keys import SecretKey

    line = read("store generate-key", arguments)
    if len(line.words) != 3:
        raise UsageError(
            "lixeval store generate-key needs a name and two files", hint="lixeval store generate-key --help"
        )
    name, secret_file, public_file = line.words
    if not name or ":" in name or any(character.isspace() for character in name):
        raise FormatError(f"'{name}' is no name for a key", hint="for example cache.example.org-1")
    key = SecretKey.generate(name)
    _write_new(public_file, str(key.public_key()), 0o644)
    try:
        _write_new(secret_file, key.reveal(), 0o600)
    except SystemFailure:
        os.unlink(public_file)  # half a pair is none, and would stand in the way of the next try
        raise
    return 0


def _write_new(file: str, text: str, mode: int) -> None:
    """Writes a file that must not be there: a key is not to be lost by mistake."""
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "w") as opened:
            opened.write(text)
    except OSError as error:
        raise SystemFailure(f"cannot write '{file}': {error.strerror}") from None


def serve(arguments: list[str]) -> int:
    """`lixeval store serve`: until SIGINT or SIGTERM."""
    from lixeval.substituters.giving import secret_key
    from lixeval.substituters.serving import server
    from lixeval.system.signals import ending_politely

    line = read("store serve", arguments)
    no_words(line, "store serve")
    host, _, port = line.texts.get("listen", "127.0.0.1:5000").rpartition(":")
    number = whole(port)
    if number is None or number > 65535:
        raise UsageError(f"'{line.texts['listen']}' is no HOST:PORT")
    key = secret_key(line.texts["key"]) if "key" in line.texts else None
    try:
        listening = server(open_store(line.options), host or "127.0.0.1", number, key)
    except OSError as error:
        raise SystemFailure(f"cannot listen at {host}:{port}: {error.strerror}") from None
    try:
        with ending_politely():  # whoever has read where it listens may end it
            tell(f"serving the store at http://{host or '127.0.0.1'}:{listening.server_address[1]}")
            listening.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        return 0
    finally:
        listening.server_close()
    return 0
