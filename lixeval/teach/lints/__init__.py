"""What could be written better, by the names that statix, deadnix and Nix itself have given to it.

    findings       what a finding is, and the rules: a line and a lesson for each
    layout         what the tree has forgotten: parentheses, statements
    expressions    rules about expressions
    spelling       rules about how something is written: parentheses, URLs, paths, `inherit`
    unused         names that nobody uses
    checking       all findings of a text, and the text with what is safe changed

A change is offered where the program means the same with it, whatever its values are.
"""
