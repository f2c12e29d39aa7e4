"""A store of host packages without an evaluator: descriptions are built with paths of the tests' own making."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import Any

import pytest

from lixeval.build.builders.builder import BuildContext
from lixeval.build.builders.inputs import Inputs
from lixeval.formats import nix32
from lixeval.formats.derivation import Derivation
from lixeval.formats.store_path import StorePath
from lixeval.host.describe import Host
from lixeval.host.detect import detect
from lixeval.host.package_builder import build


@dataclass
class BuiltHost:
    """This host, and a directory `root` whose nix/store holds what was built of it."""

    host: Host
    root: str
    paths: dict[str, str] = field(default_factory=dict)

    def real(self, path: str) -> str:
        return self.root + path

    def build(self, attribute: str) -> str:
        """The logical store path of an attribute, built with everything it needs."""
        answer = self.host.describe(f"attributes/{attribute}")
        if "missing" in answer:
            pytest.skip(answer["missing"])
        return self._build(answer["package"])

    def _build(self, name: str) -> str:
        if name not in self.paths:
            description = self.host.describe(f"packages/{name}")
            dependencies = [self._build(dependency) for dependency in description["dependencies"]]
            out = f"/nix/store/{_hash_part(description)}-{description['name']}"
            build(self._context(name, description, dependencies, out), self.host)
            self.paths[name] = out
        return self.paths[name]

    def _context(self, name: str, description: dict[str, Any], dependencies: list[str], out: str) -> BuildContext:
        environment = {
            "hostPackage": name,
            "hostMembers": "\n".join(description["members"]),
            "hostAttribute": description["attribute"],
            "fingerprint": description["fingerprint"],
            "dependencyNames": " ".join(description["dependencies"]),
            "dependencies": " ".join(dependencies),
            "out": out,
        }
        return BuildContext(
            drv_path=StorePath(out + ".drv"),
            derivation=Derivation({}, {}, (), "builtin", "", (), {}),
            outputs={"out": self.real(out)},
            store=Inputs(dependencies, self.real),
            environment=environment,
            structured_attrs=None,
            log=print,
            temporary_directory=self.root,
        )

    def closure(self, attribute: str) -> set[str]:
        """The names of all packages that an attribute's package needs, itself included."""
        seen: set[str] = set()
        pending = [self.host.describe(f"attributes/{attribute}")["package"]]
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending += self.host.describe(f"packages/{name}")["dependencies"]
        return seen

    def run(self, *command: str, path: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program where nothing exists but this store, /proc, /dev and an empty /tmp."""
        bwrap = shutil.which("bwrap")
        if bwrap is None:
            pytest.skip("bubblewrap (bwrap) is not installed")
        isolation = [bwrap, "--unshare-all", "--die-with-parent", "--clearenv", "--ro-bind", self.root + "/nix", "/nix"]
        isolation += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"]
        settings = {"PATH": ":".join(f"{directory}/bin" for directory in path), "HOME": "/tmp", **environment}
        for name, value in settings.items():
            isolation += ["--setenv", name, value]
        result = subprocess.run([*isolation, "--", *command], capture_output=True, text=True, check=False, timeout=60)
        if "bwrap:" in result.stderr and "namespace" in result.stderr:
            pytest.skip(f"bubblewrap cannot make namespaces here: {result.stderr.strip()}")
        return result


def _hash_part(description: dict[str, Any]) -> str:
    return nix32.encode(hashlib.sha256(repr(sorted(description.items())).encode()).digest()[:20])


@pytest.fixture(scope="session")
def built_host(tmp_path_factory: pytest.TempPathFactory) -> BuiltHost:
    """This machine's packages, answers kept in a temporary directory."""
    root = tmp_path_factory.mktemp("host-store")
    os.makedirs(root / "nix/store")
    return BuiltHost(Host(detect()), str(root))
