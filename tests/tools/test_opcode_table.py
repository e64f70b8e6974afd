"""The page about opcodes is that of the tables."""

from __future__ import annotations

from tools.opcode_table import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.opcode_table --write"
