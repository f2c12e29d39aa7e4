"""The command, by `python -m lixeval` and by the script `bin/lixeval`: until it listens, Ctrl-C just ends it.

Nothing has been done by then, and Python's way to say so is a traceback of whatever was being imported.
"""

import _signal  # type: ignore[import-not-found]  # `signal` itself loads enum, for nothing

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from lixeval.system.own_modules import find_together

find_together()

from lixeval.cli import main  # noqa: E402  # found together

if __name__ == "__main__":
    main()
