"""Flakes among the words of a command line: which words they are, how they are locked, what of them is meant.

    word -> reference, attribute, outputs -> locked flake -> its outputs -> the attribute, looked up where Nix does

A folder with a default.nix stays a file, as for nix-build; `path:DIR` and `git+file:DIR` say that the flake is meant.
Evaluation of flakes is pure unless --impure is given.  C++: installable-flake.cc, installables.cc.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError, UsageError
from lixeval.evaluation.auto_call import split_path
from lixeval.fetchers.flake_inputs import way_of
from lixeval.fetchers.flake_lock_file import locked_and_written
from lixeval.fetchers.flake_locking import LockFlags
from lixeval.fetchers.flake_locks import Node
from lixeval.fetchers.flake_words import split_outputs, typed_reference
from lixeval.fetchers.flakes import LockedFlake, flake_value, locked_flake
from lixeval.fetchers.input_urls import Input, url_of
from lixeval.runtime.strings import text_of
from lixeval.runtime.thunks import force
from lixeval.system.machines import current_system
from lixeval.system.terminal_text import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lixeval.cli.options import Options
    from lixeval.environment.machine import Machine
    from lixeval.environment.services import Services
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.values import Delayed, Value

_HARMLESS = frozenset(
    (
        *("bash-prompt", "bash-prompt-prefix", "bash-prompt-suffix", "flake-registry"),
        *("commit-lock-file-summary", "commit-lockfile-summary"),
    )
)
"""Settings that a flake may have in its nixConfig without anybody's consent."""


def lock_flags(options: Options, services: Services) -> LockFlags:
    """How the options want lock files to be made."""
    flags = LockFlags(
        recreate=options.recreate_lock_file,
        update=not options.no_update_lock_file,
        write=not (options.no_write_lock_file or options.overridden_inputs),
        commit=options.commit_lock_file,
        use_registries=options.settings["use-registries"] and not options.no_registries,
        reference_file=options.reference_lock_file,
        output_file=options.output_lock_file,
    )
    if options.recreate_lock_file:
        services.say(
            "warning: '--recreate-lock-file' is deprecated and will be removed in a future version; "
            "use 'flake update' instead."
        )
    for _ in options.updated_inputs:
        services.say(
            "warning: '--update-input' is a deprecated alias for 'flake update' and will be "
            "removed in a future version."
        )
    here = os.getcwd()
    for name, text in options.overridden_inputs:
        way = way_of(name)
        if not way:
            raise UsageError(f"--override-input names no input: '{name}'", hint="an input is called as in A, or A/B")
        flags.overrides[way] = reference_of_word(text, services, here, may_be_missing=True)
    flags.updates = {way_of(name) for name in options.updated_inputs}
    for asked, given in options.overridden_flakes:
        pair = reference_of_word(asked, services, here), reference_of_word(given, services, here)
        flags.registry.append((*pair, False))
    for text in options.inputs_from:
        flags.registry = [*_inputs_as_registry(text, services), *flags.registry]
    return flags


def reference_of_word(text: str, services: Services, base: str, *, may_be_missing: bool = False) -> Input:
    """A reference without an attribute behind it."""
    _tell_of_places(text, base, services.machine)
    reference, fragment = typed_reference(text, base, services.say, may_be_missing=may_be_missing)
    if fragment:
        raise EvalError(f"unexpected fragment '{fragment}' in flake reference '{text}'")
    return reference


def _tell_of_places(word: str, base: str, machine: Machine) -> None:
    """Tells of the files by whose being there or not a word is understood: see `is_flake` and `typed_reference`."""
    if not machine.takes_notes:
        return
    for text in (word, split_outputs(word)[0]):
        place = os.path.normpath(os.path.join(base, text.partition("#")[0].partition("?")[0]))
        asked = [(os.path.join(base, text), False), (place, False)]
        asked += [(f"{place}/{name}", True) for name in ("default.nix", "flake.nix")]
        while place != "/":
            asked += [(f"{place}/{name}", False) for name in ("flake.nix", ".git", ".git/shallow")]
            place = os.path.dirname(place)
        try:
            for path, follow in asked:
                machine.kind(path, follow=follow)
        except OSError:
            continue  # no path at all; then the run is not kept


def _inputs_as_registry(text: str, services: Services) -> list[tuple[Input, Input, bool]]:
    """The inputs of a flake as entries of a registry."""
    given = reference_of_word(text, services, os.getcwd())
    lock = locked_flake(services, given, LockFlags(write=False)).lock
    found: list[tuple[Input, Input, bool]] = []
    for name, step in lock.root.sorted_inputs():
        node = step if isinstance(step, Node) else lock.at(step)
        target = {key: value for key, value in node.locked.items() if key != "dir"}
        found.append(({"type": "indirect", "id": name}, target, False))
    return found


def locked_for(
    options: Options, services: Services, given: Input, flags: LockFlags | None = None, *, heeds: bool = True
) -> LockedFlake:
    """A flake as a command uses it: locked, its lock file written if it has to be.

    Its nixConfig is heeded, as in Nix unless the command only tells of the flake (`heeds`).
    """
    if options.verbose:
        tell("flakes need no experimental feature in lixeval")
    summary: str = options.settings["commit-lock-file-summary"] or ""
    flags = flags or lock_flags(options, services)
    if heeds:
        flags.heed = lambda config: _heed_config(options, config, services)
    return locked_and_written(services, given, flags, summary=summary)


def _heed_config(options: Options, config: dict[str, str], services: Services) -> None:
    """Settings of a flake: those that cannot harm, and with accept-flake-config all."""
    for name, value in sorted(config.items()):
        if name.removeprefix("extra-") not in _HARMLESS:
            if not options.settings["accept-flake-config"]:
                services.say(f"warning: ignoring untrusted flake configuration setting '{name}'.")
                services.say("Pass '--accept-flake-config' to trust it")
                continue
            services.machine.unrepeatable(f"a flake sets '{name}', also for what is built of it")
        options.settings.set(name, value)
    if config:
        options.settle()


# Attributes


PACKAGES = ("packages", "legacyPackages")
"""The outputs in which an attribute is looked for, each by system, before it is one of the outputs themselves."""
_DEFAULTS = {"packages": "defaultPackage", "apps": "defaultApp", "devShells": "devShell"}


def flake_values(
    workspace: Workspace, options: Options, word: str, *, outputs: bool, kinds: Sequence[str] = PACKAGES
) -> Iterator[Delayed]:
    """What a word means: the attribute of the flake's outputs, which may be of several `kinds`.

    With `outputs`, of a derivation the outputs that are named, else those that are usual, one by one.
    """
    if options.arguments:
        raise UsageError("'--arg' and '--argstr' are incompatible with flakes")
    services = workspace.evaluator.services
    text, names = split_outputs(word)
    if not names and "^" in word:
        raise UsageError(
            f"invalid extended outputs specifier '{word}'", hint="behind '^' are the names of outputs, or '*': ^out,dev"
        )
    _tell_of_places(word, os.getcwd(), services.machine)
    given, fragment = typed_reference(text, os.getcwd(), services.say)
    said = workspace.evaluator.said
    whole = _outputs(workspace, locked_for(options, services, given), said)
    for attribute in [fragment] if fragment or not options.attributes else options.attributes:
        value = force(attribute_of(whole, attribute, given, system_of(options), kinds))
        if outputs or names:
            yield from outputs_of(value, names, attribute)
        else:
            yield value


def _outputs(workspace: Workspace, flake: LockedFlake, said_before: int) -> Value:
    """The outputs of a flake; those of the word before, if that named the same flake and nothing has been said since
    its evaluation began, for each word says it again (as `auto_call.Whole`).
    """
    evaluator = workspace.evaluator
    about = flake.tree.path, flake.tree.known, flake.resolved, flake.locked, flake.has_changed, flake.lock.document()
    said = evaluator.said
    if workspace.last_flake[:2] == (about, said_before) and not evaluator.faithful:
        whole: Value = workspace.last_flake[2]
    else:
        whole = force(force(flake_value(evaluator.services, flake))["outputs"])
    workspace.last_flake = about, said, whole
    return whole


def system_of(options: Options) -> str:
    """The system whose packages are meant."""
    return options.settings["eval-system"] or options.settings["system"] or current_system()


def attribute_of(whole: Value, attribute: str, given: Input, system: str, kinds: Sequence[str] = PACKAGES) -> Delayed:
    """The first of the places where an attribute may be; EvalError names all of them where it is in none."""
    if attribute.startswith("."):
        places = [attribute[1:]]
    elif attribute:
        places = [*(f"{kind}.{system}.{attribute}" for kind in kinds), attribute]
    else:
        named = [(kind, _DEFAULTS[kind]) for kind in kinds if kind in _DEFAULTS]
        places = [place for kind, old in named for place in (f"{kind}.{system}.default", f"{old}.{system}")]
    return first_of(whole, places, given)


def first_of(whole: Value, places: Sequence[str], given: Input) -> Delayed:
    """The value at the first attribute path that there is."""
    near: list[tuple[int, str]] = []
    for place in places:
        value: Delayed = whole
        for name in split_path(place):
            value = force(value)
            if value.__class__ is not dict:
                break
            if name not in value:
                near += _near(name, value)
                break
            value = value[name]
        else:
            return value
    quoted = [f"'{place}'" for place in places]
    shown = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
    raise EvalError(f"flake '{url_of(given)}' does not provide attribute {shown}", hint=_suggestion(near))


def _near(wanted: str, names: Iterable[str]) -> list[tuple[int, str]]:
    """Names that differ from what was wanted in no more than two places, with the number of these."""
    return [(distance, name) for name in names if (distance := _distance(wanted, name)) <= 2]


def _suggestion(near: list[tuple[int, str]]) -> str | None:
    names = [name for _, name in sorted(set(near))[:5]]
    if not names:
        return None
    shown = names[0] if len(names) == 1 else f"one of {', '.join(names[:-1])} or {names[-1]}"
    return f"did you mean {shown}?"


def _distance(first: str, second: str) -> int:
    """Levenshtein's: how many letters are to be put in, left out or changed."""
    if abs(len(first) - len(second)) > 2:
        return 3
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != other))
    return row[-1]


def outputs_of(value: Value, outputs: tuple[str, ...], attribute: str) -> Iterator[Delayed]:
    """A derivation's outputs that are wanted: those named, else those that it says are to be installed."""
    is_derivation = value.__class__ is dict and "type" in value and force(value["type"]) == "derivation"
    if not is_derivation:
        if outputs:
            raise UsageError(f"'{attribute}' is no derivation, and has no outputs such as '{outputs[0]}'")
        yield value
        return
    names: Sequence[str] = outputs
    if outputs == ("*",):
        names = sorted(set(_all_outputs(value)))
    elif not outputs:
        names = _usual_outputs(value)
    for name in names:
        if name == text_of(force(value.get("outputName", "out"))):
            yield value
        elif name in value:
            yield value[name]
        else:
            there = ", ".join(_all_outputs(value))
            raise EvalError(f"derivation '{attribute}' does not have output '{name}'", hint=f"it has {there}")


def _all_outputs(value: dict[str, Delayed]) -> list[str]:
    """The names of a derivation's outputs; one that names none has `out`."""
    return [text_of(force(name)) for name in force(value["outputs"])] if "outputs" in value else ["out"]


def _usual_outputs(value: dict[str, Delayed]) -> list[str]:
    own = text_of(force(value.get("outputName", "out")))
    if "outputSpecified" in value and force(value["outputSpecified"]) is True:
        return [own]
    meta = force(value["meta"]) if "meta" in value else {}
    if meta.__class__ is dict and "outputsToInstall" in meta:
        return sorted({text_of(force(name)) for name in force(meta["outputsToInstall"])}) or [own]
    return ["out"] if own == "out" or "out" in value else [own]
