"""What an evaluation is surrounded by: its settings, its store, the machine's files and variables.

Builtins and fetchers reach the machine through `services` alone.
"""
