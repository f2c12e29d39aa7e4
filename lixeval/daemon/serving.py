"""The daemon's end of the protocol: one client's requests, answered from a local store.

    greeting -> { request -> [what happens meanwhile] -> LAST answer | ERROR } until the client is gone

Untrusted clients may ask everything, build what is in the store and add what names itself by its content, or is signed
by a trusted key; what a request asks for is in `questions`, `additions`, and here.

C++: daemon.cc (`performOp`).
"""

from __future__ import annotations

from lixeval import __version__
from lixeval.daemon import additions, questions
from lixeval.daemon import protocol as p
from lixeval.daemon.channel import ConnectionLost
from lixeval.daemon.client import Client, Misunderstood
from lixeval.daemon.values import build_result, read_basic_derivation, split_derived
from lixeval.daemon.wire import EndOfStream, Reader, number, text, texts
from lixeval.errors import LixevalError, StoreError, reason_of
from lixeval.formats import derivation as derivations
from lixeval.formats import store_path
from lixeval.store import garbage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.daemon.values import BuildResult
    from lixeval.formats.store_path import StorePath


def serve(client: Client) -> None:
    """Answers until the client has gone."""
    try:
        _serve(client)
    except ConnectionLost:
        return


def _serve(client: Client) -> None:
    try:
        greeting = p.greet_client(
            client.channel, p.TRUSTED if client.trusted else p.NOT_TRUSTED, f"2.18.0 (lixeval {__version__})"
        )
    except EndOfStream:
        return
    except LixevalError as error:
        client.say.error(error.message)
        return
    client.version = greeting.version
    client.say.last()
    while True:
        try:
            operation = client.channel.reader.number()
        except EndOfStream:
            return
        if not _answer(client, operation):
            return


def _answer(client: Client, operation: int) -> bool:
    """One request; False where the client cannot be understood any more."""
    perform = _OPERATIONS.get(operation)
    if perform is None:
        client.say.error(f"operation {operation} is none that this daemon has")
        return False
    client.frames = None
    try:
        perform(client)
    except EndOfStream:
        return False
    except Misunderstood as error:
        client.say.error(f"the request cannot be understood: {error.message}")
        return False
    except ConnectionLost:
        raise
    except (LixevalError, OSError) as error:
        if client.frames is not None:
            client.frames.drain()
        client.say.error(_said(error))
    return True


def _said(error: LixevalError | OSError) -> str:
    if isinstance(error, OSError):
        return reason_of(error)
    return error.message + (f" ({error.hint})" if error.hint else "")


# Building


def set_options(client: Client) -> None:
    numbers = [client.number() for _ in range(12)]
    others = client.read(Reader.pairs)
    for warning in client.engine.set_options(numbers, others, trusted=client.trusted):
        client.say.line(f"warning: {warning}")
    client.say.last()


def build_paths(client: Client) -> None:
    wanted, mode = client.derived(), client.number()
    client.refuse_repair(mode == 1)
    results = client.engine.build(wanted, mode, client.say)
    for result in results.values():
        if not result.is_success:
            raise StoreError(result.message)
    client.say.last(number(1))


def build_paths_with_results(client: Client) -> None:
    wanted, mode = client.derived(), client.number()
    client.refuse_repair(mode == 1)
    results = client.engine.build(wanted, mode, client.say)
    answer = [text(derived) + _result(client, derived, result) for derived, result in results.items()]
    client.say.last(number(len(answer)) + b"".join(answer))


def _result(client: Client, derived: str, result: BuildResult) -> bytes:
    drv_path = split_derived(derived)[0]

    def key(output: str) -> str:
        return f"sha256:{client.store.modulo_hash(drv_path).hash.base16}!{output}"

    return build_result(result, client.version, key)


def build_derivation(client: Client) -> None:
    drv_path = client.path()
    derivation, mode = client.read(read_basic_derivation), client.number()
    client.refuse_repair(mode == 1)
    if not client.trusted:
        if derivation.fixed_output is None:
            raise StoreError("you are not privileged to build input-addressed derivations")
        derivations.check_output_paths(
            store_path.parse(drv_path).name.removesuffix(".drv"), derivation, client.store.modulo_hash
        )
    for path in derivation.input_sources:
        client.store.info(path)
    result = client.engine.build_derivation(drv_path, derivation, mode, client.say)
    modulo = derivations.hash_modulo(derivation, client.store.modulo_hash)
    client.say.last(build_result(result, client.version, lambda output: f"sha256:{modulo.hash.base16}!{output}"))


# Housekeeping


def collect_garbage(client: Client) -> None:
    action, wanted = client.number(), client.paths()
    ignore_liveness, most = client.number(), client.number()
    for _ in range(3):
        client.number()
    if ignore_liveness:
        raise StoreError("you are not allowed to ignore liveness")
    if action == p.ONLY_LIVE:
        found, size = sorted(garbage.alive(client.store)), 0
    elif action == p.ONLY_DEAD:
        found, size = list(garbage.dead(client.store).paths), 0
    else:
        collected = _deleted(client, action, wanted, most)
        found, size = list(collected.paths), collected.size
    client.say.last(texts(found) + number(size) + number(0))


def _deleted(client: Client, action: int, paths: list[StorePath], most: int) -> garbage.Collected:
    if action == p.DELETE_SPECIFIC:
        return garbage.delete(client.store, paths)
    if action != p.DELETE_DEAD:
        raise StoreError(f"{action} is nothing that a collector does")
    return garbage.collect(client.store, most=most)


def optimise_store(client: Client) -> None:
    from lixeval.store.optimise import optimise

    optimise(client.store)
    client.say.last(number(1))


def verify_store(client: Client) -> None:
    contents, repair = client.number(), client.number()
    if repair and not client.trusted:
        raise StoreError("you are not privileged to repair paths")
    from lixeval.store.verify import verify

    problems = verify(client.store, bool(contents))
    for problem in problems:
        client.say.line(problem)
    client.say.last(number(bool(problems)))


def sync_with_collector(client: Client) -> None:
    client.say.last(number(1))


_OPERATIONS: dict[int, Callable[[Client], None]] = {
    **questions.OPERATIONS,
    **additions.OPERATIONS,
    p.SET_OPTIONS: set_options,
    p.BUILD_PATHS: build_paths,
    p.BUILD_PATHS_WITH_RESULTS: build_paths_with_results,
    p.BUILD_DERIVATION: build_derivation,
    p.COLLECT_GARBAGE: collect_garbage,
    p.OPTIMISE_STORE: optimise_store,
    p.VERIFY_STORE: verify_store,
    p.SYNC_WITH_COLLECTOR: sync_with_collector,
}
