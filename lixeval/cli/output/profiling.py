"""--stats and --profile: what a run tells about itself when it is over, failed or not."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from lixeval.cli.options import Options
from lixeval.errors import SystemFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lixeval.evaluation.remembered.unrecorded import Unrecorded


SWITCH_INTERVAL = 0.0002
"""While samples are taken, who takes them waits no longer for its turn; else it gets that when the evaluation waits for
a file, and reading and writing would look like most of what is done."""


@contextmanager
def watched(options: Options, recording: Unrecorded) -> Iterator[None]:
    """Around a run whose options ask for either: the counts go to stderr, the flame graph to its file."""
    from lixeval.evaluation.observers.counts import Counts
    from lixeval.evaluation.observers.sampling import Sampler

    counts, sampler = Counts(), Sampler()
    options.watch = counts if options.stats else sampler
    interval = sys.getswitchinterval()
    if options.profile is not None:
        options.watch.look = sampler.look  # type: ignore[method-assign]  # the counts look with its eyes
        sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if options.stats:
            sys.stdout.flush()
            sys.stderr.write(counts.report() + _kept_between_runs(options, recording))
        if options.profile is not None:
            try:
                sampler.write(options.profile, " ".join((*options.files, *options.expressions)))
            except OSError as error:
                raise SystemFailure(f"cannot write the profile '{options.profile}': {error.strerror}") from None


def _kept_between_runs(options: Options, recording: Unrecorded) -> str:
    """What a run that is not watched would find of its library."""
    from lixeval.cli.commands.why_not_remembered import library_account

    met = recording.what_was_known()
    lines = [f"library: {library_account(options)}", *([met] if met else [])]
    return "kept between runs, of which a run that is counted uses nothing\n" + "".join(
        [f"{'':16}{line}\n" for line in lines]
    )
