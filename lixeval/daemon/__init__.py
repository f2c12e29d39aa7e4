"""Nix's worker protocol, both ends: the stores of Nix daemons, near and far.

    store URL -> place -> channel -> greeting -> requests: questions, additions, builds

In the order to read them:

    wire              numbers, strings, lists, frames as bytes
    channel           bytes to and from a socket or a child process, with a limit to how long the other side is silent
    protocol          versions, numbers of requests, the greeting
    messages          what a daemon says while it works, and that something failed
    values            path infos, derivations, build results
    connection        a client's requests, one method each
    store_urls        store URLs, and how what they name is reached
    link              one daemon as long as a store is open: connected again when it was restarted
    remote_database   what a daemon knows, asked like a local database
    store             a daemon's store, used like a local one
    any_store         from the word behind --store to a store
    collecting        garbage of any store
    copying           paths from store to store
    engine            what a daemon of ours needs besides its store
    client            one client of ours: what is read of its requests, what it may do
    questions         what it asks of the store
    additions         what it adds
    serving           its requests answered, one after the other: the daemon's end
    listening         its socket, who connects, a process for each

Usable of its own: `Connection(parse("unix:///…").connect())` is a client, `DaemonStore` a whole store.  Whatever comes
over the wire is hostile until checked; what is sent is checked by the other side.

C++: worker-protocol.hh, remote-store.cc, daemon.cc.
"""
