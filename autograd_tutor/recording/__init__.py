"""The only room that knows torch: code in, `Trace` out; and replays of what was recorded.

`record` runs a program and returns a `Recording`: its trace and its tape. `imagine` and `differences`
replay the tape with one thing changed. Imported only inside the sandbox's own processes.
"""
