"""The commands, one module each; `autograd_tutor.cli` imports only the one that runs.

Each module has `options(parser)`, which adds its arguments, and `run(options) -> int`, which returns the
exit code: 0 done, 1 done with a negative finding. Wrong use raises `Refusal`, which ends with 2.
"""
