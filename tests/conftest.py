"""What all tests share: hypothesis does not mind a busy machine, Ctrl-C is heard, and no nix.conf of the machine's.

The garbage collector rests while tests are collected, and does not look through them again and again afterwards: that
took a fifth of their processor time.

A shell starts what runs in its background with SIGINT ignored, and children inherit that.
"""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

from hypothesis import HealthCheck, settings

settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.pop("NIX_CONFIG", None)
os.environ["NIX_USER_CONF_FILES"] = os.devnull
os.environ["NIX_CONF_DIR"] = str(Path(__file__).parent)


gc.disable()


def pytest_collection_finish() -> None:
    """What is collected stays to the end."""
    gc.enable()
    gc.freeze()
