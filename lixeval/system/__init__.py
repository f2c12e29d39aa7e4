"""What a program needs of its machine, each once: directories, files of the cache, fingerprints, downloads, signals,
deep stacks, graphs.
"""
