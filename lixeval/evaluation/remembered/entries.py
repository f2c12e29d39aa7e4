"""The folder of kept results: one file for each key, the oldest going when there are too many.

CACHE/lixeval/evaluations/KEY        `lixeval.system.cache`: Entry as a tuple
"""

from __future__ import annotations

import os
import sys

from lixeval.system.cache import Cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.evaluation.remembered.facts import Parts
    from lixeval.evaluation.remembered.outputs import Made
    from lixeval.formats.store_path import StorePath

    TargetParts = tuple[StorePath, str, str, str]

MOST_ENTRIES = 500
MOST_BYTES = 256 << 20
LARGEST = 64 << 20
"""An entry that is larger is not kept.  The options of a large module system are 20 MB of JSON, which take 10 s to
evaluate; a run that tells them again takes a tenth of a second.
"""


class Entry:
    """A kept result: the store it used, what it was found out from, what was said meanwhile (stderr) and printed, what
    is to be made of it (drv path, output, image name, tag), and what has been made.
    """

    __slots__ = ("facts", "made", "said", "state_directory", "targets", "text")

    def __init__(
        self,
        state_directory: str,
        facts: Parts,
        said: list[str],
        text: str,
        targets: list[TargetParts],
        made: Made | None,
    ) -> None:
        self.state_directory = state_directory
        self.facts = facts
        self.said = said
        self.text = text
        self.targets = targets
        self.made = made

    def tell(self) -> None:
        """Says and prints again what was said and printed during the evaluation."""
        if self.said:
            from lixeval.system.terminal_text import tell  # hardly any run says something

            for line in self.said:
                tell(line)
        sys.stdout.write(self.text)


_FIELDS = ("state_directory", "facts", "said", "text", "targets", "made")


class Entries:
    """The entries of one user."""

    def __init__(self, cache_directory: str) -> None:
        folder = os.path.join(cache_directory, "evaluations")
        self._cache = Cache(folder, MOST_ENTRIES, MOST_BYTES, largest=LARGEST)

    def load(self, key: str) -> Entry | None:
        """The entry under a key; None where there is none that is whole."""
        parts = self._cache.load(key)
        return None if parts is None else Entry(*parts)

    def save(self, key: str, entry: Entry) -> None:
        """Keeps an entry, in place of the one that was there."""
        self._cache.save(key, tuple([getattr(entry, name) for name in _FIELDS]))
