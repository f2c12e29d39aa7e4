"""Notebooks: a Jupyter kernel whose cells are the lines of the REPL (`cli.repl.session`).

spec      what tells Jupyter of the kernel: `lixeval kernel install`
kernel    the kernel itself: cells, completion, documentation; on ipykernel's base, which is an optional dependency
"""
