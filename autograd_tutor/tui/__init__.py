"""The terminal face, in Textual. Imports neither torch nor SymPy, ever."""
