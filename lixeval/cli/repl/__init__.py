"""The REPL: its session, its terminal, its printing."""
