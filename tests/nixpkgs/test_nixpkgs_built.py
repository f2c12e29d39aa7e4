"""nixpkgs' own setup.sh and trivial builders in lixeval's sandbox, with what a cache serves at nixpkgs' paths.

The programs at these paths are the host's here, since no cache with nixpkgs' can be reached; the paths, the derivations
and all of setup.sh are nixpkgs' (LIXEVAL_NIXPKGS_CORE, see `test_nixpkgs_checkouts`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lixeval.build.sandbox.isolation import Isolation, why_not
from lixeval.formats.nar import dump_hash
from lixeval.formats.store_path import StorePath
from lixeval.store.local import LocalStore
from lixeval.store.path_info import PathInfo
from lixeval.system.machines import machine
from tests.build.test_build_native import tree

from .test_nixpkgs_checkouts import folder_of

HERE = Path(__file__).parent
PROGRAMS = ("bash", "bzip2", "coreutils", "diffutils", "findutils", "gawk", "gnugrep", "gnumake", "gnused", "gnutar")
SYSTEM, ANOTHER = "x86_64-linux", "aarch64-linux"
MORE = ("gzip", "patch", "perl", "xz")
OTHER_NAMES = {"patch": "gnupatch", "gawk": "mawk"}
LNDIR = '#!{bash}/bin/bash\n{coreutils}/bin/cp -rsn --no-preserve=mode "$2/." "$3" || true\n'


class World:
    """A store of lixeval's, and a cache with stand-ins for nixpkgs' programs."""

    def __init__(self, folder: Path, tree: str) -> None:
        self.folder = folder
        self.tree = tree
        self.store = folder / "store"
        self.environment = {**os.environ, "LIXEVAL_STORE": str(self.store), "XDG_CACHE_HOME": str(folder / "cache")}
        self.environment["NIX_CONFIG"] = "substitute = false"

    def lixeval(self, *words: str) -> str:
        command = [sys.executable, "-m", "lixeval", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def failing(self, *words: str) -> str:
        """What a command says that fails."""
        command = [sys.executable, "-m", "lixeval", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=600)
        assert done.returncode != 0
        return done.stderr

    def made(self, attribute: str, *words: str) -> Path:
        file = [str(HERE / "built.nix"), "--arg", "tree", self.tree, "-A", attribute, "--no-link"]
        out = self.lixeval(*file, *words, "--option", "substitute", "true").strip()
        return Path(f"{self.store}{out}")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What a machine without Nix has: an empty store, and a cache to be asked."""
    tree = folder_of("core")
    if (reason := why_not(Isolation.NAMESPACES)) is not None:
        pytest.skip(f"namespaces: {reason}")
    if machine() != "x86_64":
        pytest.skip("the packages are evaluated for x86_64")
    folder = tmp_path_factory.mktemp("nixpkgs")
    filling = World(folder / "filling", tree)
    _fill(filling, SYSTEM)
    _fill(filling, ANOTHER)
    key = folder / "key"
    filling.lixeval("store", "generate-key", "cache-1", str(key), f"{key}.pub")
    for path in _stand_ins(filling):
        filling.lixeval("copy", "-q", path, "--to", f"file://{folder}/served?compression=zstd&secret-key={key}")
    world = World(folder, tree)
    settings = (f"substituters = file://{folder}/served", f"trusted-public-keys = {Path(f'{key}.pub').read_text()}")
    world.environment["NIX_CONFIG"] = "\n".join(settings)
    return world


def _derivation(world: World, attribute: str, system: str) -> StorePath:
    file = [str(HERE / "built.nix"), "--arg", "tree", world.tree, "-A", attribute, "--argstr", "system", system]
    return StorePath(world.lixeval("--instantiate", *file).strip().partition("!")[0])


def _stand_ins(world: World) -> list[str]:
    """The paths that a cache has: the stdenv, and what the attributes ask for besides."""
    return (world.folder / "stand-ins").read_text().split()


def _fill(world: World, system: str) -> None:
    """Puts the host's programs at nixpkgs' paths, and its setup.sh where its stdenv has it."""
    world.folder.mkdir(exist_ok=True)
    names = [OTHER_NAMES.get(name, name) for name in (*PROGRAMS, *MORE)]
    text = f"with import <nixpkgs> {{ }}; [ {' '.join(names)} ]"
    built = map(StorePath, world.lixeval("-E", text, "--no-link").split())
    hosts = dict(zip((*PROGRAMS, *MORE), built, strict=True))
    drvs = [_derivation(world, name, system) for name in ("environment", "script", "joined")]
    store = LocalStore(str(world.store))
    stand_ins: dict[StorePath, None] = {}

    def add(path: StorePath, write: dict[str, str], references: list[StorePath]) -> None:
        real = Path(store.real(path))
        if not store.is_valid(path):
            for place, content in write.items():
                (real / place).parent.mkdir(parents=True, exist_ok=True)
                if content.startswith("/"):
                    (real / place).symlink_to(content)
                else:
                    (real / place).write_text(content)
                    (real / place).chmod(0o755)
            digest, size = dump_hash(str(real))
            store.register([PathInfo(path, digest, size, references)])
        stand_ins[path] = None

    def program(path: StorePath) -> bool:
        name = re.match(r"[a-z]+[0-9]?(?=-)", path[44:])
        host = hosts.get(name[0]) if name else None
        if host is not None:
            add(path, {"bin": f"{host}/bin"}, [host])
        return host is not None

    def stdenv(drv: StorePath) -> None:
        """The setup that this stdenv's builder would write, with the hooks that are scripts and no compiler."""
        made = store.read_derivation(drv)
        initial = [path for path in map(StorePath, made.environment["initialPath"].split()) if program(path)]
        setup = Path(store.real(made.environment["setup"])).read_text()
        words = (f"export SHELL={made.environment['shell']}", f'initialPath="{" ".join(initial)}"')
        given = map(StorePath, made.environment["defaultNativeBuildInputs"].split())
        hooks = [path for path in given if store.is_valid(path)]
        inputs = (f'defaultNativeBuildInputs="{" ".join(hooks)}"', 'defaultBuildInputs=""', made.environment["preHook"])
        bash = StorePath(made.environment["shell"].removesuffix("/bin/bash"))
        program(bash)
        add(made.outputs["out"].path, {"setup": "\n".join((*words, *inputs, setup))}, [bash, *initial, *hooks])

    for drv in drvs:
        for used, outputs in store.read_derivation(drv).input_derivations.items():
            for path in (store.query_deriver_outputs(used)[output] for output in outputs):
                if path.endswith("-stdenv-linux"):
                    stdenv(used)
                elif "-lndir-" in path:
                    bash, coreutils = (next(one for one in stand_ins if f"-{name}-" in one) for name in PROGRAMS[:3:2])
                    add(path, {"bin/lndir": LNDIR.format(bash=bash, coreutils=coreutils)}, [bash, coreutils])
                else:
                    program(path)
    store.close()
    with (world.folder / "stand-ins").open("a") as file:
        file.writelines(f"{path}\n" for path in stand_ins)


def test_texts_and_scripts(world: World) -> None:
    assert re.fullmatch(r"uses /nix/store/\w{32}-bash-5\S+\n", world.made("text").read_text())
    script = world.made("script") / "bin/script"
    assert re.match(r"#!/nix/store/\w{32}-bash-5\S+/bin/bash\n", script.read_text())
    assert (
        world.lixeval("run", str(HERE / "built.nix"), "--arg", "tree", world.tree, "-A", "script") == "from a script\n"
    )


def test_run_command_has_all_of_setup_sh(world: World) -> None:
    made = world.made("command")
    assert (made / "said").read_text() == "HELLO\n"
    assert (made / "substituted").read_text() == "hello there\n"
    assert re.fullmatch(r"#!/nix/store/\w{32}-bash-5\S+/bin/bash\n", (made / "bin/run").read_text())


def test_environments(world: World) -> None:
    made = world.made("environment")
    assert sorted(path.name for path in made.iterdir()) == ["bin", "share"]
    assert re.fullmatch(r"/nix/store/\w{32}-bash-5\S+/bin/bash", os.readlink(made / "bin/bash"))
    joined = world.made("joined")
    assert sorted(path.name for path in (joined / "share").iterdir()) == ["a", "b"]


def _masked(tree: dict[str, object]) -> dict[str, object]:
    """A tree in which the digests of store paths are left out, as machines of two kinds have different ones."""

    def masked(value: object) -> object:
        if isinstance(value, tuple):
            return re.sub(rb"/nix/store/[0-9a-z]{32}", b"", value[0]), value[1]
        # The stand-in for lndir says one dot more.
        return re.sub(r"/nix/store/[0-9a-z]{32}", "", value).replace("/./", "/") if isinstance(value, str) else value

    return {place: masked(value) for place, value in tree.items()}


def test_what_is_made_without_a_shell_is_what_the_shell_makes(world: World) -> None:
    paths: dict[str, dict[str, dict[str, str]]] = {}
    named = 'import FILE { tree = TREE; system = "SYSTEM"; }'.replace("FILE", str(HERE / "trivial.nix"))
    for system in (SYSTEM, ANOTHER):
        made = f"({named.replace('TREE', world.tree).replace('SYSTEM', system)}).made"
        world.lixeval("-E", made, "--no-link", "--option", "substitute", "true")
        of_each = (
            "_: one: builtins.listToAttrs (map (name: { inherit name; value = one.${name}.outPath; }) one.outputs)"
        )
        outputs = f"builtins.mapAttrs ({of_each}) {made}"
        paths[system] = json.loads(world.lixeval("--eval", "--strict", "--json", "-E", outputs))
    differing: dict[str, object] = {}
    for name, by_shell in paths[SYSTEM].items():
        for output, path in by_shell.items():
            another = paths[ANOTHER][name][output]
            one, other = (_masked(tree(Path(f"{world.store}{place}"), place)) for place in (path, another))
            if one != other:
                differing[f"{name}.{output}"] = {
                    key: (one.get(key), other.get(key)) for key in one.keys() | other.keys()
                }
    assert differing == {}
    assert len(paths[SYSTEM]) >= 40


@pytest.mark.parametrize("name", ["checkByProgram", "changedByProgram", "changedBySetup", "structured", "hooked"])
def test_what_needs_the_shell_of_another_machine(world: World, name: str) -> None:
    """It is said before anything is fetched or built."""
    file = [str(HERE / "trivial.nix"), "--arg", "tree", world.tree, "--argstr", "system", ANOTHER]
    said = world.failing(*file, "-A", f"refused.{name}", "--no-link")
    assert f"a '{ANOTHER}' with features {{}} is required to build" in said and "qemu-user" in said


def test_the_same_for_another_machine_without_its_programs(world: World) -> None:
    """Of aarch64 nothing is in the cache; what mentions no program of it is made here all the same."""
    made = world.made("joined", "--argstr", "system", "aarch64-linux")
    assert sorted(path.name for path in (made / "share").iterdir()) == ["a", "b"]
