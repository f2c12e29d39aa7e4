"""The builtin builders that real Nix has too, by the names that derivations call them."""

from __future__ import annotations

from collections.abc import Mapping

from lixeval.build.builders.builder import Builtin, BuiltinBuilder
from lixeval.build.builders.fetchurl import fetchurl
from lixeval.build.builders.user_environment import buildenv

builders: Mapping[str, BuiltinBuilder] = {"buildenv": buildenv, "fetchurl": Builtin(fetchurl, fetches=True)}
