"""The isolation of builds: what a builder sees, and the ways to show it nothing else.

description            what a builder sees, as data
isolation              which of these ways there is on this machine, and which one is taken
namespaces             by system calls of our own
bubblewrap             by the program of that name
chroot, proc           without mounts, and a /proc for such a root
machine_view           the machine as it is, with a store of ours at /nix/store
builtin                for builders inside lixeval
pasta                  a network of a fixed output's own
"""
