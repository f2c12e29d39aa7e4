"""Sources as a store takes them: read and hashed, or recalled where nothing of them has changed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.formats.hashes import Hash
    from lixeval.formats.nar import Filter
    from lixeval.store.source_memory import SourceMemory, Survey
    from lixeval.store.sources import HashedSource


class SourceReading:
    """Reads sources; what unchanged ones hashed to is remembered in the folder `memory`, if one is named."""

    def __init__(self, memory: str | None) -> None:
        self._folder = memory
        self._memory: SourceMemory | None = None

    def read_small(
        self, path: str, method: str, algorithm: str, filter: Filter | None, *, keep: bool
    ) -> HashedSource | None:
        """A source that is sooner read than remembered; None for others, and where something is the matter with it.

        Then the `filter` may have been asked already, and is to be one of `asked_once`.
        """
        from lixeval.store import source_memory
        from lixeval.store.sources import HashedSource

        return HashedSource.small(path, method, algorithm, filter, source_memory.WORTH_IT - 1, keep)

    def survey(self, path: str, method: str, algorithm: str, filter: Filter | None) -> Survey | None:
        """How a source stands, if what it hashed to may be remembered; it asks the filter, which is not asked again."""
        if self._folder is None:
            return None
        if self._memory is None:
            from lixeval.store.source_memory import SourceMemory

            self._memory = SourceMemory(self._folder)
        try:
            return self._memory.survey(path, method, algorithm, filter)
        except OSError as error:
            from lixeval.store.placing import cannot_read

            raise cannot_read(path, error) from error

    def read(
        self, path: str, method: str, algorithm: str, filter: Filter | None, survey: Survey | None, *, keep: bool
    ) -> HashedSource:
        """A source, hashed as its survey says it is to be seen; `keep` says that it will probably be copied."""
        from lixeval.store.sources import HashedSource

        try:
            read = HashedSource(path, method, algorithm, filter if survey is None else survey.takes, keep)
        except OSError as error:
            from lixeval.store.placing import cannot_read

            raise cannot_read(path, error) from error
        if survey is not None:
            survey.remember(read.content_hash)
        return read

    def content_hash(self, path: str, method: str, algorithm: str, filter: Filter | None) -> Hash:
        """What a source hashes to, of which nothing else is wanted."""
        filter = asked_once(filter)
        read = self.read_small(path, method, algorithm, filter, keep=False)
        if read is not None:
            return read.content_hash
        survey = self.survey(path, method, algorithm, filter)
        known = None if survey is None else survey.recalled()
        return self.read(path, method, algorithm, filter, survey, keep=False).content_hash if known is None else known


def asked_once(filter: Filter | None) -> Filter | None:
    """A filter that remembers its answers: it may be a Nix function."""
    if filter is None:
        return None
    answers: dict[str, bool] = {}

    def ask(path: str, kind: str) -> bool:
        answer = answers.get(path)
        if answer is None:
            answer = answers[path] = filter(path, kind)
        return answer

    return ask
