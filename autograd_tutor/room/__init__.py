"""The live class as plain data: what its processes say to each other, and the room that the teacher sees."""
