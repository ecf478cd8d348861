"""The teacher's screens: the room, one student, a question to all, what the class came to."""
