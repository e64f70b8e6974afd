"""What a user of numpy may expect to differentiate, by name, as `goal_names.txt` lists it in sections."""

from __future__ import annotations

import re
from pathlib import Path

_TEXT = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
_SECTION = re.compile(r"^\[(\w+)\][^\n]*\n(.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
SECTIONS = {name: names.split() for name, names in _SECTION.findall(_TEXT)}
