"""The golden fixture: one file for all Pythons, a special one only from the Python on where a dump differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Golden


def update(folder: Path, python: tuple[int, int], text: str) -> list[str]:
    """The golden files after an update on `python`, which is right after it."""
    Golden(folder, True, python).check("lift/f", text)
    Golden(folder, False, python).check("lift/f", text)
    return sorted(path.name for path in folder.rglob("*.ir"))


def test_later_pythons_inherit_and_differ(tmp_path: Path) -> None:
    assert update(tmp_path, (3, 11), "same") == ["f.ir"]
    assert update(tmp_path, (3, 12), "same") == ["f.ir"]
    assert update(tmp_path, (3, 12), "new") == ["f.ir", "f.py312.ir"]
    assert update(tmp_path, (3, 13), "new") == ["f.ir", "f.py312.ir"]
    assert update(tmp_path, (3, 13), "newer") == ["f.ir", "f.py312.ir", "f.py313.ir"]
    assert update(tmp_path, (3, 13), "new") == ["f.ir", "f.py312.ir"]
    assert update(tmp_path, (3, 12), "same") == ["f.ir"]


def test_a_difference_fails_and_writes_nothing(tmp_path: Path) -> None:
    update(tmp_path, (3, 11), "one\ntwo")
    with pytest.raises(pytest.fail.Exception, match=r"-two\n\+three"):
        Golden(tmp_path, False, (3, 13)).check("lift/f", "one\nthree")
    assert (tmp_path / "lift" / "f.ir").read_text() == "one\ntwo\n"


def test_a_missing_file_fails(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="--update-golden"):
        Golden(tmp_path, False, (3, 13)).check("lift/f", "text")
    assert list(tmp_path.iterdir()) == []
