"""--stats and --profile: what a run tells about itself when it is over, failed or not."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from lixeval.cli.options import Options
from lixeval.errors import SystemFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def watched(options: Options) -> Iterator[None]:
    """Around a run whose options ask for either: the counts go to stderr, the flame graph to its file."""
    from lixeval.evaluation.observers.counts import Counts
    from lixeval.evaluation.observers.sampling import Sampler

    counts, sampler = Counts(), Sampler()
    options.watch = counts if options.stats else sampler
    if options.profile is not None:
        options.watch.look = sampler.look  # type: ignore[method-assign]  # the counts look with its eyes
    try:
        yield
    finally:
        if options.stats:
            sys.stdout.flush()
            sys.stderr.write(counts.report() + _kept_between_runs(options))
        if options.profile is not None:
            try:
                sampler.write(options.profile, " ".join((*options.files, *options.expressions)))
            except OSError as error:
                raise SystemFailure(f"cannot write the profile '{options.profile}': {error.strerror}") from None


def _kept_between_runs(options: Options) -> str:
    """What a run that is not watched would find of its library."""
    from lixeval.cli.commands.why_not_remembered import library_account

    return (
        f"kept between runs, of which a run that is counted uses nothing\n{'':16}library: {library_account(options)}\n"
    )
