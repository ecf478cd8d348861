"""For those who write lessons: check every variant of a lesson file."""
