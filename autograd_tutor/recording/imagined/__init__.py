"""One module for each family of mistakes: functions from a `Case` to the wrong answers it leads to (`Guess`)."""
