"""The front of a class: the SSH server, who is who, the live room."""
