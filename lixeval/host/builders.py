"""The builtin builders that the embedded package set's derivations use, by name.

`builders` is handed to the realiser by the evaluator: packages of the host, and the trees and texts around them.
"""

from __future__ import annotations

from collections.abc import Mapping

from lixeval.host.package_builder import with_detected_host
from lixeval.store.build_env import build_env, link_farm, symlink_join
from lixeval.store.builders import BuiltinBuilder
from lixeval.store.plain_builders import closure_info, write_text

builders: Mapping[str, BuiltinBuilder] = {
    "host-package": with_detected_host,
    "build-env": build_env,
    "symlink-join": symlink_join,
    "link-farm": link_farm,
    "write-text": write_text,
    "closure-info": closure_info,
}
