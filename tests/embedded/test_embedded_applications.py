"""Applications built by the embedded set: C and C++ with the host's compiler, Python with the host's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.host.elf import read_elf
from lixeval.host.this_host import this_host
from lixeval.system.directories import EMBEDDED
from tests.support.alone import run_alone

CONFIGURED = """stdenv.mkDerivation {
  pname = "hello"; version = "1";
  src = runCommand "hello-source" { } ''
    mkdir $out; cd $out
    printf '#include <math.h>\\n#include <stdio.h>\\n' > hello.c
    printf 'int main(int argc, char **argv) { printf("hello %%g\\\\n", sqrt(argc * 4)); return 0; }\\n' >> hello.c
    printf '#!/bin/sh\\necho "prefix = ''${1#--prefix=}" > config.mk\\n' > configure
    chmod +x configure
    printf 'include config.mk\\nall: hello\\nhello: hello.c\\n\\t$(CC) -O2 -g -o $@ $< -lm\\n' > Makefile
    printf 'install:\\n\\tmkdir -p $(prefix)/bin\\n\\tcp hello $(prefix)/bin\\n' >> Makefile
  '';
}"""

PLUS = """runCommandCC "plus" { } ''
  mkdir -p $out/bin
  printf '#include <iostream>\\nint main() { std::cout << "plus" << std::endl; }\\n' > plus.cc
  g++ -o $out/bin/plus plus.cc
''"""


class Store:
    def __init__(self, directory: Path) -> None:
        self.root = directory / "store"
        self._environment = {**os.environ, "LIXEVAL_STORE": str(self.root), "XDG_CACHE_HOME": str(directory / "cache")}

    def build(self, expression: str) -> str:
        command = [
            sys.executable,
            "-m",
            "lixeval",
            "--no-out-link",
            "-E",
            f"with import {EMBEDDED} {{ }}; {expression}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment, check=False)
        if done.returncode != 0 and "isolat" in done.stderr:
            pytest.skip(f"builds cannot be isolated here: {done.stderr.strip()}")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, program: str, *arguments: str) -> str:
        """What a program prints where nothing but the store exists."""
        return run_alone(self.root, program, *arguments)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("applications"))


def needs(*attributes: str) -> None:
    answers = this_host(None)
    for attribute in attributes:
        answer = answers.describe(f"attributes/{attribute}")
        if "missing" in answer:
            pytest.skip(answer["missing"])


def test_configure_make_install(store: Store) -> None:
    needs("gcc-unwrapped", "binutils", "libc-dev", "glibc", "gnumake")
    out = store.build(CONFIGURED)
    assert store.run(f"{out}/bin/hello", "x", "y", "z") == "hello 4\n"
    elf = read_elf(f"{store.root}{out}/bin/hello")
    assert elf is not None and elf.interpreter is not None and elf.interpreter.startswith("/nix/store/")
    # neither compiler nor headers are needed to run it
    assert not any(word in path for path in elf.search for word in ("gcc", "libc-dev", "libstdc++"))


def test_c_plus_plus(store: Store) -> None:
    needs("gcc-unwrapped", "binutils", "libc-dev", "glibc")
    if shutil.which("g++") is None:
        pytest.skip("this machine has no C++ compiler")
    out = store.build(PLUS)
    assert store.run(f"{out}/bin/plus") == "plus\n"


def test_python_with_packages(store: Store) -> None:
    needs("python3")
    names = this_host(None).describe("index")["packages"]
    module = next((name for name in ("six", "yaml", "packaging", "jwt") if f"python3-{name}" in names), None)
    if module is None:
        pytest.skip("this machine has none of a few Python packages")
    out = store.build(f"python3.withPackages (ps: [ ps.{module} ])")
    found = store.run(f"{out}/bin/python3", "-c", f"import {module}; print({module}.__file__)")
    assert found.startswith("/nix/store/")
