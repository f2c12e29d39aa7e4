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
            sys.stderr.write(counts.report())
        if options.profile is not None:
            try:
                sampler.write(options.profile, " ".join((*options.files, *options.expressions)))
            except OSError as error:
                raise SystemFailure(f"cannot write the profile '{options.profile}': {error.strerror}") from None
