"""Ways out of what is differentiated, and back into it: `f(x)` each, at 1.3."""
