"""Speed and memory, as ratios to the plain call: `python -m tools.bench`; it prints tables and writes nothing."""
