"""CPython's own tests under the transform: what passes in a plain run must pass when every function is transformed."""
