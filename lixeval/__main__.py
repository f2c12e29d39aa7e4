"""`python -m lixeval`: the command."""

from lixeval.cli import main

main()
