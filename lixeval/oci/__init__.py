"""Container images: tar layers, JSON documents, and the files and folders that clients read.  Knows nothing of Nix.

    tar_header, tar_layer     the bytes of a layer, hashed while they are written
    digest, media_types, descriptor, config, manifest, reference     the documents and their names
    blob, image               where bytes come from; an image as its config and its layers
    multi_platform, referrer  images under one name; what lies beside an image
    compress, unpack          layers packed and unpacked
    memory                    what is remembered of blobs between runs
    publish                   a file or folder appears under its name complete, or not at all
    layout, archive, docker_archive, directory     the four places an image is written to
    registry                  images pushed and pulled
    reading, validate         images from anywhere opened again, and every claim of theirs recomputed
    comparison                what differs between two of them

The path of an image through here: `tar_layer` writes blobs, `image.Image` holds them together, a writer publishes it.
"""
