"""The parser's tables: made from grammar/nix.lark by Lark, saved and loaded as plain data.

Lark reads the grammar and computes the LALR(1) automaton; that takes 60 ms, and importing Lark 50 more, which is much
beside the parsing of one file.  So the tables can be kept (`lixeval.system.cache`), by the grammar they were made from,
and are read back in about a millisecond, without importing Lark.

Modules that not every run needs are imported where they are needed: the parser's start is part of every cold run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lixeval.system.cache import Cache, Shipped, digest
from lixeval.system.directories import SHIPPED, cache_directory, grammar_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FORMAT = 1
MOST_FILES = 4
MOST_BYTES = 16 << 20


class Tables:
    """An LALR(1) automaton; states and rules are numbers.

    `actions[state][terminal]` is a state to shift to (> 0), a rule to reduce by (`~rule`, < 0), or 0 to accept;
    `gotos[state][nonterminal]` the state after a reduction.  A rule is its nonterminal, its length, and the name of
    what to do with the values of its symbols, None for a rule that hands its only symbol on.
    """

    __slots__ = ("actions", "characters", "gotos", "rows", "rules")

    def __init__(
        self,
        actions: list[dict[str, int]],
        gotos: list[dict[str, int]],
        rules: list[tuple[str, int, str | None]],
    ) -> None:
        self.actions = actions
        self.gotos = gotos
        self.rules = rules
        self.rows: list[dict[str, Any]] | None = None
        """What the parser makes of them."""
        self.characters = 0
        """How much text was parsed by them."""


def grammar_text() -> str:
    """The grammar's text."""
    with open(grammar_file(), encoding="utf-8") as file:
        return file.read()


@cache
def grammar_tables() -> Tables:
    """The tables of the grammar, computed once in a process: they are constants."""
    return build(grammar_text())


def build(grammar: str) -> Tables:
    """The tables of a grammar in Lark's notation; raises lark's GrammarError where it is not LALR(1) without conflicts.

    State 0 is the start.  Rules keep the order of the grammar's text.
    """
    from lark import Lark  # here because 50 ms are saved wherever the tables come from a file
    from lark.grammar import Rule
    from lark.lexer import Lexer, TerminalDef

    class NoLexer(Lexer):
        """Stands for ours, which the table needs nothing of."""

        def __init__(self, conf: object) -> None:
            pass

        def lex(self, lexer_state: object, parser_state: object = None) -> Iterator[Any]:
            yield from ()

    parser = Lark(grammar, parser="lalr", lexer=NoLexer, maybe_placeholders=False, strict=True)
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    return _from_lark(data["parser"]["parser"], data["rules"], memo)


def _from_lark(automaton: dict[str, Any], rules: list[dict[str, int]], memo: dict[int, Any]) -> Tables:
    """Lark's serialised automaton in our form, with its states numbered from 0, the start."""
    start = automaton["start_states"]["start"]
    end = automaton["end_states"]["start"]
    number = {start: 0}
    for state in automaton["states"]:
        number.setdefault(state, len(number))
    rule_number = {rule["@"]: index for index, rule in enumerate(rules)}
    actions: list[dict[str, int]] = [{} for _ in number]
    gotos: list[dict[str, int]] = [{} for _ in number]
    for state, entries in automaton["states"].items():
        for token, (kind, argument) in entries.items():
            name = automaton["tokens"][token]
            if kind == 1:
                actions[number[state]][name] = ~rule_number[argument["@"]]
            elif name.isupper():  # Lark's own rule: terminals are in capitals
                actions[number[state]][name] = number[argument]
            else:
                gotos[number[state]][name] = number[argument]
    actions[number[end]]["$END"] = 0
    return Tables(actions, gotos, [_rule(memo[rule["@"]]) for rule in rules])


def _rule(rule: dict[str, Any]) -> tuple[str, int, str | None]:
    size = len(rule["expansion"])
    if rule["alias"] is None and size != 1:
        raise ValueError(f"a rule of {rule['origin']['name']} has {size} symbols and no name")
    return rule["origin"]["name"], size, rule["alias"]


@cache
def at_hand() -> Tables:
    """Those of the installation, or those that evaluations have kept; else made, which only errors would wait for."""
    key = _key()
    found = Shipped(SHIPPED).load(key) or Cache(f"{cache_directory()}/code", MOST_FILES, MOST_BYTES).load(key)
    return grammar_tables() if found is None else Tables(*found)


def _key() -> str:
    return "grammar-" + digest(f"{FORMAT} {grammar_text()}".encode()).hex()


def kept(directory: str) -> Tables:
    """Those kept in `directory`, or those of the installation; else made of the present grammar, and kept there."""
    key = _key()
    found = Cache(directory, MOST_FILES, MOST_BYTES).load(key) or Shipped(SHIPPED).load(key)
    return keep(grammar_tables(), directory) if found is None else Tables(*found)


def keep(tables: Tables, directory: str) -> Tables:
    """The tables of the present grammar, which are kept in `directory` from now on."""
    Cache(directory, MOST_FILES, MOST_BYTES).save(_key(), (tables.actions, tables.gotos, tables.rules))
    return tables
