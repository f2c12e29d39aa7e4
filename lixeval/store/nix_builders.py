"""The builtin builders that real Nix has too, by the names that derivations call them."""

from __future__ import annotations

from collections.abc import Mapping

from lixeval.store.builders import BuiltinBuilder
from lixeval.store.fetchurl import fetchurl
from lixeval.store.user_environment import buildenv

builders: Mapping[str, BuiltinBuilder] = {"buildenv": buildenv, "fetchurl": fetchurl}
