"""What a command line gave the last time, with everything that it depended on: no result is computed twice.

    recall      command line -> key -> entry -> does every fact still hold? -> the result, written out again
    recording   evaluation with a `Machine` that takes notes (`notes`) -> facts, texts, targets -> entry
    unrecorded  the same where nothing is kept

    facts       what a result depended on, and whether that is so still
    key         what a result depends on besides: the command line, the user, the machine, lixeval itself
    entries     the folder they are kept in
    account     what is kept, in words: whether it holds, else what has changed
    outputs     archives, layouts and links that a run left, and whether they are still as it left them

What was edited is evaluated again, but what it takes of a library is not: that is kept as it was in memory.

    library      what a run imports from outside of its project, and what of that is known from before
    arguments    what calls of the library's files were given, by which they are known again
    functions    functions among that: their text, and what they have captured
    tracing      which of the project's files, and which parts of their values, a library's cells have looked at
    shapes       what is seen of such a part
    parts        whether these are as they were
    likeness     whether what was evaluated again is what was kept
    heap_reader  records -> live values, each when it is asked for
    rehearsal    after the answer, in the background: the library evaluated alone -> its facts and values
    seclusion    what it is told of the machine meanwhile
    following    evaluating what another evaluation of the same has evaluated
    heap_writer  live values -> records
    code_places  where code stands, by which it is named there
    heap_file    the file of records, read by pages, each checked
    heaps        the folder they are kept in

`lixeval.system.fingerprints` says when a file's metadata proves that its content is the same.  `recall` runs before
anything else is imported.  An entry has two halves that hold or fail by themselves: what was evaluated (texts, and
targets: derivations and images), and what was made of it.  Where only the first holds, the targets are made again
without evaluating anything.

What cannot be watched makes a run one that is not kept: `currentTime`, a fetch of something without hash or revision.
With `-v` such a run says so.  `--all` is not kept either: its answers come one by one, each from the store.
"""
