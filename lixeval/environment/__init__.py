"""What an evaluation is surrounded by.

    machine          files, variables and the clock, asked through one class, so that somebody can take notes
    files            the only door to the file system: logical paths, links, what may be looked at
    store            what evaluation asks of a store
    services         all of these, handed to the builtins that need them
    coercion         what counts as a path, and a context realised
    variables        what environment variables say: the store, the search path
    setting_table    every setting of nix.conf: kind, default, meaning
    nix_conf         which configuration files there are, and what is assigned in them (read at every start)
    configuration    the settings in force: files, NIX_CONFIG, the command line
    settings         what of that decides about one evaluation

Builtins and fetchers reach the machine through `services` alone.
"""
