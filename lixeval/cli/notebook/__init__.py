"""Notebooks: a Jupyter kernel whose cells are the lines of the REPL (`cli.repl.session`).

spec      what tells Jupyter of the kernel: `lixeval kernel install`
answers   what cells come to, by the session of the REPL; knows nothing of Jupyter
kernel    the kernel itself: cells, completion, documentation; on ipykernel's base, which is an optional dependency
"""
