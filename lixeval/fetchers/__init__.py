"""What is fetched while evaluating; `builtins` (downloads, fetch_tree, flakes) has the builtins that ask for it.

    urls                 files and trees behind URLs
    tarballs             archives unpacked, whatever they contain
    download_memory      what a URL gave the last time
    trees                source trees by description
    input_urls           those descriptions, as attributes and as URLs
    git                  from a URL and a revision to a tree
    git_program          `git` run so that no repository says what it does
    git_repository, git_objects, git_names    a repository read as data
    git_tracking         `git` in the user's own folder, told of new files
    git_working_tree, git_trees, git_submodules    what is taken of it
    git_cache            repositories that were fetched
    flakes               a flake by reference, locked, and its value
    flake_references     references as text and as attributes
    flake_words          references as people type them
    flake_shape, flake_inputs, flake_locks, flake_registries    what a flake asks for, and which tree that is
    flake_locking, flake_lock_file    a new lock from an old one, and how it is written

The way: description -> input -> download or repository -> checked and unpacked below a new folder -> store path.
All of it comes from outside and is hostile until it is checked.
"""
