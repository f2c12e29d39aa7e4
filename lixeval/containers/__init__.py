"""nix2container's buildLayer and buildImage: store paths in, layers.json and image.json out, to the original's byte.

    graph, popularity, layering     which paths there are, in which order, in which layer
    go_regexp, mode, tree           what becomes of the files under a path: names, owners, modes
    layers_json, image              the two documents, and the image that they describe
    build_layer                     from a closure graph to layers.json and the blobs beside it
    nix_database                    the database that `initializeNixDatabase` puts into an image
    builders                        the `builtin:nix2container-*` builders that the store runs
    write                           from a built image.json to an archive, a layout or a folder

The path of an image through here: `builders` are called by the store with a closure, `write` is called with the result.
"""
