"""Recalling: from a command line to the result that it had the last time, if that would be the same again.

Runs at every start before anything else is imported, and so imports little itself.
"""

from __future__ import annotations

import sys

from lixeval.evaluation.remembered.entries import Entries, Entry
from lixeval.evaluation.remembered.facts import Facts
from lixeval.evaluation.remembered.key import key_of, surroundings
from lixeval.system.directories import cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.evaluation.remembered.key import Surroundings


class Recollection:
    """What is known of a command line before it is run.

    `entry` has the result of the evaluation, or is None; `whole` says that everything is made as well.
    """

    __slots__ = ("around", "entries", "entry", "key", "whole")

    def __init__(self, entries: Entries, key: str, entry: Entry | None, whole: bool, around: Surroundings = ()) -> None:
        self.around = around
        self.entries = entries
        self.key = key
        self.entry = entry
        self.whole = whole

    def tell(self) -> bool:
        """Writes out the whole result again, if that is known; whether it is."""
        if self.entry is None or not self.whole:
            return False
        self.entry.tell()
        if self.entry.made is not None:
            sys.stdout.write("".join([place + "\n" for place in self.entry.made[0]]))
        return True


def recall(words: list[str]) -> Recollection | None:
    """What is known of a command line; None where its result can be neither recalled nor kept."""
    around = known_surroundings()
    if around is None:
        return None
    return recall_among(words, around)


def recall_among(words: list[str], around: Surroundings) -> Recollection:
    """The same where it is known what results depend on besides."""
    key = key_of(words, around)
    entries = Entries(cache_directory())
    entry = entries.load(key)
    if entry is None or not _holds(entry, entries, key):
        return Recollection(entries, key, None, False, around)
    return Recollection(entries, key, entry, not entry.targets or _still_there(entry), around)


def known_surroundings() -> Surroundings | None:
    """What results depend on besides the command line; None where something is wrong, which the run will say best."""
    try:
        return surroundings()
    except Exception as error:
        from lixeval.errors import UsageError

        if isinstance(error, OSError | UsageError):
            return None
        raise


def _still_there(entry: Entry) -> bool:
    from lixeval.evaluation.remembered.outputs import still_there

    return still_there(entry.made, entry.state_directory)


def _holds(entry: Entry, entries: Entries, key: str) -> bool:
    facts = Facts(entry.facts)
    if not facts.hold(entry.state_directory):
        return False
    if facts.renewed:
        entries.save(key, entry)
    return True
