"""What a program needs of its machine, each thing once.

directories, machines    where things are, what this machine is called
atomic                   files and links that appear complete or not at all
own_modules              lixeval's own code in one file, for a quick start
cache                    plain values kept by key: private, checked, bounded
packs                    many entries of such a cache in one file
fingerprints             when metadata proves a file's content to be what it was
network, connections, broken_connections    whether, by which way, and why not after all
retrying, pace           what is asked of a server again, and when; how long it is waited for
transport                the bytes behind a URL
signals                  being ended in the middle of something
forks                    a child; whether something was made before a fork
deep_stack               evaluation as deep as memory allows
attentive                waiting for others, and hearing of Ctrl-C
background               work that goes on after the answer
removing                 whole trees, however deep
scratch                  folders for a while
opening                  files of others, which may keep one waiting
terminal_text            what a terminal may be shown
graphs                   orders and circles
syscalls                 the Linux calls that Python's library lacks
"""
