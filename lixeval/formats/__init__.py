"""Nix's formats as pure functions: bytes to values and back, no store and no evaluator.

Everything above this room speaks in its terms.  A text that came from Nix (a string, a file name, a field of a
`.drv`) is a Python `str` decoded as UTF-8 with `surrogateescape`, so that any bytes survive the round trip.

    byte_text    texts that stand for bytes
    nix32        Nix's base-32 alphabet
    hashes       a digest with its algorithm, in all the notations that Nix reads and writes
    store_path   names and paths below /nix/store, and how they are computed
    aterm        the terms that .drv files are written in
    derivation   the .drv format (ATerm), output paths, hashes modulo fixed outputs
    nar_events   the NAR format, as a stream of events
    nar          NARs of trees in the file system
    rewriting    NARs whose paths are called otherwise; hashes modulo a path's own name
    narinfo      what a binary cache says of a path, signed
    keys         the ed25519 keys that sign it
    git_objects  hashes as git has them
    nix_text     strings and names as Nix writes them
    shell_text   words as a shell reads them
    sizes        amounts of bytes as people read them
    numbers      whole numbers as people write them
    json_reading, json_octets, json_floats    JSON as C++ Nix reads and writes it
    posix_regex  POSIX regular expressions: as Python's by regex_translation, or by a regex_automaton of our own
"""
