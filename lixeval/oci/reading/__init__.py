"""Images from anywhere, read as what they are: input that nobody has checked.

    stream          bytes with a position: of a file, of a range of one, of what a packer gives
    packing         gzip and zstd opened, with bounds on what may come out
    tar_reader      the members of a tar, with bounds on names and counts
    files           what a folder or an archive holds, by name; no way out of either
    limits          how much an image may ask of whoever reads it
    listing         which images an index lists
    opened          one image: its documents, parsed and checked, and its layers
    image_names     which image a name on a command line means, and how it is opened
    remote          one in a registry
    unopened, trees    what was read as what can be written elsewhere
    contents        the files of the layers, and what of them is seen in the end

Nothing is written anywhere but to nameless temporary files, no name in an image is ever used as a name on this
machine, and everything that grows with the input has a bound (`Limits`).
"""
