"""nix2container's buildLayer and buildImage: store paths in, layers.json and image.json out, to the original's byte.

    graph, popularity, layering     which paths there are, in which order, in which layer
    go_regexp, mode, tree           what becomes of the files under a path: names, owners, modes
    file_attributes, capabilities   and what of their attributes is asked for by place
    layers_json, image_json         the two documents, and the image that they describe
    build_layer                     from a closure graph to layers.json and the blobs beside it
    nix_database                    the database that `initializeNixDatabase` puts into an image
    pulling                         base images from registries
    docker_tools                    what nixpkgs' dockerTools asks for
    image_root                      the root that copyToRoot makes, as one file system
    failure, builder_attributes     failures told as the original program tells them
    remarks                         what the original does in silence
    builders                        the `builtin:nix2container-*` builders that the store runs
    write                           from a built image.json to the image, its blobs wherever they are
    destination, delivery, clients  where it shall go, and how it gets there: files, registries, podman, docker
    provenance, inspection, sbom    what is in an image and why; its bill of materials
    path_reasons                    why one path is in an image: the way to it from one that was named

The path of an image through here: `builders` are called by the store with a closure, `write` is called with the result
and hands it to `delivery`.
"""
