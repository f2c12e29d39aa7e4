"""The local store: a folder and a database that real Nix can open, verify and add to.

    local                    the store itself: what is valid, how something gets in
    layout                   its folders, made when something is first written
    connection, database     Nix's schema in SQLite, with Nix's locks
    path_info                what is known of a path
    modulo_hashes            what stands for derivations among the inputs of others
    canonical                trees as they lie in a store: metadata that says nothing of who made them, synced
    placing                  unpacked, checked, renamed to where they belong
    unpacking                NARs from elsewhere brought there
    registration, batch      paths that lie there and are not valid yet, one by one or many at once
    waiting                  what is added in a batch, of which is asked together whether it is there
    unopened                 a store that is opened when something is asked of it
    locks                    Nix's locks on paths
    source_reading           files on their way in: `sources` hashed first, or recalled by `source_memory`
    temporary_roots          what this process uses, and no collector takes
    references               which paths a tree refers to
    garbage, runtime_roots   what may go
    optimise                 equal files made one
    content_addressing       a closure under names that follow from its contents
    export                   paths with what is known of them as one stream
    verify                   does the store hold what its database says?
    records, rebuild         what was registered, kept beside the database; that made again from it
    repair                   damaged paths made anew
    reports                  ways between paths, graphs, where two derivations part

How something gets in: written beside its place, given canonical metadata, synced, renamed into place under its lock,
and only then registered.  A crash leaves at worst a file that nobody refers to.  Building is in `build`.
"""
