"""Symbols: the order in which C++ Nix meets names.

Sets are kept in that order, so it shows wherever a set is walked and not printed: in what `==`, `deepSeq` and --strict
force first, in which argument is called missing or unexpected.  Nix knows some names before it reads anything: those it
asks for itself, the builtins, and those in its own definition of `derivation`.  Then come the files in the order in
which they are parsed, each by the parser's steps: a name is met where it stands, but the parameter of a lambda
(`x: body`, `x @ { … }: body`) only behind the body.

C++: `EvalState::EvalState`, `createBaseEnv`, parser.y; the order of the builtins is as 2.26.3 tells it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKED_FOR = """
    outPath drvPath type meta name value system __overrides outputs outputName __ignoreNulls file line column __functor
    __toString right wrong __structuredAttrs allowedReferences allowedRequisites disallowedReferences
    disallowedRequisites maxSize maxClosureSize builder args __contentAddressed __impure outputHash outputHashAlgo
    outputHashMode recurseForDerivations description self <empty> startSet operator key path prefix outputSpecified
    __sub __lessThan __mul __div or __findFile __nixPath body
"""
_BUILTINS = """
    builtins true false null __currentTime __currentSystem __nixVersion __storeDir __langVersion __traceVerbose
    nixPath scopedImport import __typeOf isNull __isFunction __isInt __isFloat __isString __isBool __isPath
    __genericClosure break abort throw __addErrorContext __ceil __floor __tryEval __getEnv __seq __deepSeq
    __trace __warn derivationStrict placeholder __toPath __storePath __pathExists baseNameOf dirOf __readFile
    findFile __hashFile __readFileType __readDir __toXML __toJSON __fromJSON __toFile __filterSource __path
    __attrNames __attrValues __getAttr __unsafeGetAttrPos __hasAttr __isAttrs removeAttrs __listToAttrs
    __intersectAttrs __catAttrs __functionArgs __mapAttrs __zipAttrsWith __isList __elemAt __head __tail map
    __filter __elem __concatLists __length __foldl' __any __all __genList __sort __partition __groupBy
    __concatMap __add sub mul div __bitAnd __bitOr __bitXor lessThan toString __substring __stringLength
    __hashString __convertHash __match __split __concatStringsSep __replaceStrings __parseDrvName
    __compareVersions __splitVersion __unsafeDiscardStringContext __hasContext __unsafeDiscardOutputDependency
    __addDrvOutputDependencies __getContext __appendContext fetchMercurial fetchTree __fetchurl fetchTarball
    fetchGit fromTOML __parseFlakeRef __flakeRefToString __getFlake derivation
"""
_OF_DERIVATION = "strict drvAttrs commonAttrs outputsList all x outputToAttrListElement"


def _known() -> Iterator[str]:
    for name in _ASKED_FOR.split():
        yield "" if name == "<empty>" else name
    for name in _BUILTINS.split():
        # A builtin that is not in the global scope is registered under two names.
        yield name
        yield name.removeprefix("__")
    yield from _OF_DERIVATION.split()


KNOWN: dict[str, int] = {}
"""The names that Nix knows from the start, by their places in its order."""
for _name in _known():
    KNOWN.setdefault(_name, len(KNOWN))
