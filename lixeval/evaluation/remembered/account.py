"""What is kept of a command line and of its project's library, in words: whether it holds, else what has changed."""

from __future__ import annotations

from lixeval.evaluation.remembered.entries import Entries
from lixeval.evaluation.remembered.facts import Facts
from lixeval.evaluation.remembered.heaps import Heaps
from lixeval.evaluation.remembered.key import key_of, key_of_project, surroundings
from lixeval.formats.sizes import size
from lixeval.system.directories import cache_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.environment.settings import Settings


def account_of_result(words: list[str]) -> tuple[bool, str]:
    """Whether the result of a command line is known, and what there is to say of it."""
    entry = Entries(cache_directory()).load(key_of(words, surroundings()))
    if entry is None:
        return False, "nothing is kept of this command line, in this folder and with these variables and settings"
    return _judged(Facts(entry.facts), entry.state_directory, "kept, and everything it follows from is as it was")


def account_of_library(
    folders: Iterable[str], settings: Settings, state_directory: str, *, faithful: bool
) -> tuple[bool, str]:
    """The same of what the files in some folders take of their library."""
    found = Heaps(cache_directory()).load(key_of_project(folders, settings, surroundings(), faithful=faithful))
    if found is None:
        return False, "nothing is kept yet"
    if found.why:
        return False, f"nothing is kept, since {found.why}"
    calls, files, values = len(found.calls), len(found.files), len(found.kinds)
    kept = f"kept: {calls} call{'s' if calls != 1 else ''}, {files} files, {values} values in {size(found.size)}"
    holds, text = _judged(Facts(found.facts), state_directory, "everything they follow from is as it was")
    contents = Facts()
    contents.files = found.contents
    changed = contents.changed_files()
    if holds and changed:
        text = f"'{min(changed)}' has changed, and what follows from it is evaluated again"
    return holds, f"{kept}; {text}"


def _judged(facts: Facts, state_directory: str, well: str) -> tuple[bool, str]:
    if facts.hold(state_directory):
        return True, well
    return False, f"{facts.change(state_directory)} has changed"
