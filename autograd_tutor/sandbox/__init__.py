"""The sandbox: each run of a program in a process of its own, forked from a warm parent.

A face holds a `Sandbox` and sends it a `Job`; what comes back is a `Run`, always: a program that
overstepped a limit or crashed yields a trace whose outcome says so in a sentence.
"""
