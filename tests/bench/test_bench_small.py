"""The list of small programs names each that there is, once."""

from __future__ import annotations

import os

import lixeval

from .small import FOLDER, programs


def test_each_program_has_its_size() -> None:
    there = [
        (name.removesuffix(".nix"), attribute)
        for name in os.listdir(FOLDER)
        for attribute in lixeval.evaluate(f"builtins.attrNames (import {FOLDER}/{name} {{ n = 1; lib = {{ }}; }})")
    ]
    assert sorted(there) == sorted((each.file, each.name) for each in programs())
