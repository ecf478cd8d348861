"""Graph in, rows of cells out: boxes placed, edges routed, what flowed written along them. Knows the trace alone."""
