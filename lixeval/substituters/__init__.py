"""Binary caches: store paths that somebody else has built, packed, described and signed.

    wanted paths -> narinfos of their closure (many at once) -> trusted? -> NARs (in parallel) -> unpacked -> registered

In the order to read them:

    locations     where a cache is: a folder or an http server; reading and writing its files
    compression   the ways a NAR may be packed
    cache         one cache: what it says of itself and of store paths, remembered between runs
    trust         who vouches for a path: signatures, or its own content
    reachable     whether the default cache is worth asking on this machine
    caches        all caches of one run: who has which closure, whom to ask next
    fetching      paths fetched, checked and registered, references first
    rewriting     a closure fetched under names that follow from its contents: nobody has to sign it
    observer      who is told
    serving       a store that answers as a cache
    giving        the other way: paths packed, described, signed, written to a cache

Everything that a cache says is hostile until checked: a narinfo is believed only for the path it was asked for, its
signature is checked before the first byte of its NAR is unpacked, and no more than it announces is ever unpacked.
Crossing the doors: `fetching.Substituter` is what `build.plan` asks and `build.realise` fetches with.

Nix manual, "Binary Cache Store"; C++: binary-cache-store.cc, http-binary-cache-store.cc, substitution-goal.cc.
"""
