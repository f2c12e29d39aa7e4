"""The builtin builder of packages taken from the host, by the name that derivations call it."""

from __future__ import annotations

from collections.abc import Mapping

from lixeval.build.builders.builder import Builtin, BuiltinBuilder
from lixeval.host.package_builder import with_detected_host

builders: Mapping[str, BuiltinBuilder] = {"host-package": Builtin(with_detected_host, reads_host=True)}
