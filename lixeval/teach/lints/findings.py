"""A finding, and the rules by name."""

from __future__ import annotations

from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.source import Source

Change = tuple[int, int, str]
"""What is put in the place of the text between two offsets."""


@dataclass(slots=True)
class Rule:
    """`origin` is who has named it, `about` what is found, `lesson` the exercise that explains it."""

    name: str
    origin: str
    about: str
    lesson: str


@dataclass(slots=True)
class Finding:
    """`changes` are those that mend it, all or none; none where that could change what the program does."""

    rule: str
    start: int
    end: int
    text: str
    changes: tuple[Change, ...] = ()

    def as_json(self, source: Source) -> dict[str, Any]:
        line, column = source.line_and_column(self.start)
        return {
            "rule": self.rule,
            "file": source.name,
            "line": line,
            "column": column,
            "start": self.start,
            "end": self.end,
            "text": self.text,
            "lesson": RULES[self.rule].lesson,
            "fixable": bool(self.changes),
        }


_LET, _FUNCTIONS, _VALUES, _LAZINESS = (
    "03-let-rec-with-inherit",
    "02-functions-and-formals",
    "01-values-and-sets",
    "04-laziness",
)

RULES = {
    rule.name: rule
    for rule in (
        Rule("bool_comparison", "statix", "a comparison with true or false", f"{_VALUES}/08-kinds"),
        Rule("empty_let_in", "statix", "a `let` that binds nothing", f"{_LET}/01-let"),
        Rule("manual_inherit", "statix", "`a = a;` where `inherit a;` says so", f"{_LET}/03-inherit"),
        Rule("manual_inherit_from", "statix", "`a = x.a;` where `inherit (x) a;` says so", f"{_LET}/04-inherit-from"),
        Rule("legacy_let_syntax", "statix", "`let { body = …; }`, the old form", f"{_LET}/01-let"),
        Rule("collapsible_let_in", "statix", "a `let` directly in a `let`", f"{_LET}/01-let"),
        Rule("eta_reduction", "statix", "`x: f x` where `f` would do", f"{_FUNCTIONS}/01-a-function"),
        Rule("useless_parens", "statix", "parentheses that change nothing", f"{_VALUES}/01-a-number"),
        Rule("unquoted_uri", "statix", "a URL without quotes", "05-strings-paths-context/02-join"),
        Rule("deprecated_is_null", "statix", "isNull where `== null` says so", f"{_VALUES}/08-kinds"),
        Rule("deprecated_to_path", "statix", "toPath, which is deprecated", "05-strings-paths-context/04-a-path"),
        Rule("empty_inherit", "statix", "an `inherit` of nothing", f"{_LET}/03-inherit"),
        Rule("bool_simplification", "statix", "`!(a == b)` where `a != b` says so", f"{_VALUES}/08-kinds"),
        Rule("useless_has_attr", "statix", "`if s ? a then s.a else b` where `s.a or b` says so", f"{_VALUES}/05-or"),
        Rule("repeated_keys", "statix", "a key that is repeated where a set would do", f"{_VALUES}/03-a-set"),
        Rule("empty_list_concat", "statix", "a list joined with an empty one", "06-lists-and-folds/02-elements"),
        Rule("empty_pattern", "statix", "a pattern that takes nothing apart", f"{_FUNCTIONS}/06-ellipsis"),
        Rule("redundant_pattern_bind", "statix", "`{ ... }@x:`", f"{_FUNCTIONS}/07-the-whole-set"),
        Rule("faster_groupby", "statix", "lib.groupBy, which is a builtin too", "06-lists-and-folds/04-fold"),
        Rule("faster_zipattrswith", "statix", "lib.zipAttrsWith, which is a builtin too", "06-lists-and-folds/04-fold"),
        Rule("unused_let_binding", "deadnix", "a binding that nobody uses", f"{_LAZINESS}/01-never-asked"),
        Rule("unused_lambda_argument", "deadnix", "an argument that nobody uses", f"{_LAZINESS}/05-unused-argument"),
        Rule("unused_lambda_pattern", "deadnix", "a formal that nobody uses", f"{_FUNCTIONS}/03-formals"),
        Rule("lint-url-literals", "Nix", "a URL without quotes", "05-strings-paths-context/02-join"),
        Rule("lint-short-path-literals", "Nix", "a path without ./ before it", "05-strings-paths-context/04-a-path"),
        Rule("lint-absolute-path-literals", "Nix", "an absolute path", "05-strings-paths-context/04-a-path"),
    )
}
