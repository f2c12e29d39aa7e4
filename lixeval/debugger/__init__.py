"""A debugger that goes both ways: the Debug Adapter Protocol over one recorded run.

    program -> record (teach.record) -> Replay: where the run stands -> Adapter: requests in, responses and events out

Nothing is evaluated while somebody looks: what was not known at a step is `_` there, whatever became of it.

    messages   the protocol's frames: a length, and JSON
    replay     a place in a recorded run, and the ways from it: in, over, out, back, to the next break
    variables  what is known at a step, as trees that open
    adapter    the requests of an editor
"""
