"""What is kept: every attempt at once, and where the learner left off (SQL)."""
