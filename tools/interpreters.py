"""Finding the Pythons of a machine.  Standard library only; the scripts beside it import it by its bare name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path


def find_python(version: str) -> Path | None:
    """An interpreter of `version` (``"3.12"``), from PATH or from pyenv; None if there is none."""
    on_path = shutil.which("python" + version)
    candidates = ([Path(on_path)] if on_path else []) + _pyenv_candidates(version)
    return next((python for python in candidates if _answers(python, version)), None)


def _answers(python: Path, version: str) -> bool:
    """Whether `python` starts and is `version`: pyenv's shims are there for versions that they do not start."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def _pyenv_candidates(version: str) -> list[Path]:
    """The interpreters that pyenv built for `version`, the latest patch release first."""
    root = os.environ.get("PYENV_ROOT")
    if root is None and shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False).stdout.strip()
    releases = (Path(root) if root else Path.home() / ".pyenv").glob(f"versions/{version}.*")
    newest_first = sorted(releases, key=lambda path: [int(n) for n in re.findall(r"\d+", path.name)], reverse=True)
    return [path / "bin" / ("python" + version) for path in newest_first]
