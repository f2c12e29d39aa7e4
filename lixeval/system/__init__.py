"""What a program needs of its machine, each thing once.

directories, machines    where things are, what this machine is called
atomic                   files and links that appear complete or not at all
cache                    plain values kept by key: private, checked, bounded
fingerprints             when metadata proves a file's content to be what it was
transport                the bytes behind a URL
signals                  being ended in the middle of something
deep_stack               evaluation as deep as memory allows
graphs                   orders and circles
syscalls                 the Linux calls that Python's library lacks
"""
