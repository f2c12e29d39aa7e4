"""Nix in the browser: a folder of files that any web server can serve, and that asks no server for anything.

    lixeval's own files -> archive -> Python in WebAssembly (Pyodide), in a worker of the page

write         the folder: pages, data, archive
manual        the data that pages show before anything runs: manual, lessons, names
engine        what runs in the worker: a question in, an answer out
flat_freeing  and how it frees values of any depth, though a browser bounds that
archive       the Python that the browser is given, compiled where that can be done
story_page    one recorded run as one page, without an engine
"""
