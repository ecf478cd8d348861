"""The teaching core, the same for every face: answers, grading, diagnosis, experiments, the play of an exercise.

Pure functions over the two hubs; no torch, no SymPy, no screen, no files.
"""
