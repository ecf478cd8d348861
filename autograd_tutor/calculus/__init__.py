"""In the child: a trace becomes an explanation, by rules, symbols, chain-rule steps and witnesses.

The only room that knows SymPy.
"""
