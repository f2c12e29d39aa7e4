"""What a client asks of the store"""

from __future__ import annotations

from lixeval.daemon import protocol as p
from lixeval.daemon.client import Client, checked_path
from lixeval.daemon.values import path_info
from lixeval.daemon.wire import Reader, number, text, texts
from lixeval.errors import StoreError
from lixeval.formats import nar
from lixeval.store import garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def is_valid_path(client: Client) -> None:
    path = client.path()
    client.say.last(number(client.store.is_valid(path)))


def query_referrers(client: Client) -> None:
    path = client.path()
    client.say.last(texts(client.store.referrers(path)))


def query_all_valid_paths(client: Client) -> None:
    client.say.last(texts(client.store.all_paths()))


def query_path_info(client: Client) -> None:
    path = client.path()
    info = client.store.infos([path]).get(path)
    client.say.last(number(0) if info is None else number(1) + path_info(info))


def query_path_from_hash_part(client: Client) -> None:
    hash_part = client.text(64)
    if len(hash_part) != 32 or hash_part.strip("0123456789abcdfghijklmnpqrsvwxyz"):
        raise StoreError(f"'{hash_part}' is no hash of a store path")
    client.say.last(text(client.store.path_from_hash_part(hash_part) or ""))


def query_valid_paths(client: Client) -> None:
    paths, substitute = client.paths(), client.number()
    if substitute:
        client.engine.substitute([path for path in paths if not client.store.is_valid(path)], client.say)
    client.say.last(texts(sorted(client.store.database.valid_among(paths))))


def query_substitutable_paths(client: Client) -> None:
    paths = client.paths()
    client.say.last(texts(sorted(client.engine.substitutable(paths))))


def query_substitutable_path_infos(client: Client) -> None:
    paths = [checked_path(path) for path in client.read(Reader.pairs)]
    found = client.engine.substitutable(paths)
    entries = [
        text(path) + text(deriver) + texts(references) + number(packed) + number(size)
        for path, (deriver, references, packed, size) in sorted(found.items())
    ]
    client.say.last(number(len(entries)) + b"".join(entries))


def query_valid_derivers(client: Client) -> None:
    path = client.path()
    client.store.flush()
    client.say.last(texts(client.store.database.derivers(path)))


def query_derivation_output_map(client: Client) -> None:
    path = client.path()
    client.store.info(path)
    outputs = sorted(client.store.query_deriver_outputs(path).items())
    client.say.last(number(len(outputs)) + b"".join(text(name) + text(made) for name, made in outputs))


def query_missing(client: Client) -> None:
    wanted = client.derived()
    missing = client.engine.missing(wanted)
    lists = texts(missing.to_build) + texts(missing.to_substitute) + texts(missing.unknown)
    client.say.last(lists + number(missing.download_size) + number(missing.nar_size))


def find_roots(client: Client) -> None:
    roots = garbage.roots(client.store)
    # Where others keep what is nobody's business, as Nix has it.
    shown = [(link if client.trusted else "{censored}", path) for link, path in roots]
    client.say.last(number(len(shown)) + b"".join(text(link) + text(path) for link, path in shown))


def nar_from_path(client: Client) -> None:
    path = client.path()
    client.store.info(path)
    client.say.last()
    nar.dump(client.store.real(path), client.channel.write)


OPERATIONS: dict[int, Callable[[Client], None]] = {
    p.IS_VALID_PATH: is_valid_path,
    p.QUERY_REFERRERS: query_referrers,
    p.QUERY_ALL_VALID_PATHS: query_all_valid_paths,
    p.QUERY_PATH_INFO: query_path_info,
    p.QUERY_PATH_FROM_HASH_PART: query_path_from_hash_part,
    p.QUERY_VALID_PATHS: query_valid_paths,
    p.QUERY_SUBSTITUTABLE_PATHS: query_substitutable_paths,
    p.QUERY_SUBSTITUTABLE_PATH_INFOS: query_substitutable_path_infos,
    p.QUERY_VALID_DERIVERS: query_valid_derivers,
    p.QUERY_DERIVATION_OUTPUT_MAP: query_derivation_output_map,
    p.QUERY_MISSING: query_missing,
    p.FIND_ROOTS: find_roots,
    p.NAR_FROM_PATH: nar_from_path,
}
