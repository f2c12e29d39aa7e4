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
    from lixeval.evaluation.observers.counts import Watch
    from lixeval.evaluation.observers.sampling import Sampler

    if options.stats:
        options.watch = Watch()
    if options.profile is not None:
        options.sampler = Sampler()
    try:
        yield
    finally:
        if options.watch is not None:
            sys.stdout.flush()
            sys.stderr.write(options.watch.report())
        if options.sampler is not None and options.profile is not None:
            try:
                options.sampler.write(options.profile, " ".join((*options.files, *options.expressions)))
            except OSError as error:
                raise SystemFailure(f"cannot write the profile '{options.profile}': {error.strerror}") from None
