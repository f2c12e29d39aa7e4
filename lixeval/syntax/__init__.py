"""From text to nodes and back.

    text -> tokens (lexer) -> LALR tables of grammar/nix.lark walked by the parser -> actions, which build nodes
         -> desugar -> nodes that say what is meant -> compiler | unparse

    nodes                  what an expression is: one class for each construct, each with its place in the text
    operators              operands and operators in a row bound by precedence
    lexer                  the tokens, as C++ Nix's lexer cuts them
    joined                 tokens that are several of the grammar's, as they stand side by side in most texts
    plain_lists            lists of very many numbers and strings, which are one token
    runs                   very many elements of one shape, which become one token
    run_nodes              what is in such a token: columns, and nodes for those who ask
    tables                 the LALR(1) automaton, made by Lark from the grammar and kept
    parser                 the automaton walked over the tokens; errors in Nix's words
    joined_nodes           the nodes that such tokens make of their texts
    actions                what each rule of the grammar makes of its parts
    mentions               where names stand and what binds them: free names by place
    symbols                the order in which C++ Nix meets names
    desugar                escapes, indented strings, attribute paths: what the text means
    old_or                 the warning about `f or`
    redefined_operators    operators as calls, where a text redefines those names
    hints                  what was probably meant by a text that is wrong
    kept_tree              nodes as plain data, for the cache
    unparse                nodes as text, in C++ Nix's form (--parse)

The grammar has one rule a construct and a comment on each; a change of the language begins there.  Nothing here knows
values.
"""
