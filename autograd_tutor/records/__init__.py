"""What is kept (SQL): every attempt and vote at once, where each learner left off; and what a report makes of it."""
