"""Container images: tar layers, JSON documents, and the files and folders that clients read.  Knows nothing of Nix.

    tar_header, tar_layer     the bytes of a layer, hashed while they are written
    digest, media_types, descriptor, config, manifest, reference     the documents and their names
    sources, blob, image      where bytes come from; an image as its config and its layers
    multi_platform, referrer  images under one name; what lies beside an image
    compress, unpack          layers packed and unpacked
    parallel                  several blobs at a time
    go_json, go_time          JSON and times as Go writes them, since image ids are digests of these bytes
    docker_config             what Docker knows of a configuration beyond the specification
    memory                    what is remembered of blobs between runs
    publish                   a file or folder appears under its name complete, or not at all
    layout, archive, docker_archive, directory     the four places an image is written to
    tree, tar_file            all that one name stands for; the tar around an image
    own_archives              archives of ours, told from other files
    registry                  images pushed and pulled
    reading, validate         images from anywhere opened again, and every claim of theirs recomputed
    examination               what is wrong with a document or a layer
    comparison                what differs between two of them

The path of an image through here: `tar_layer` writes blobs, `image.Image` holds them together, a writer publishes it.
"""
