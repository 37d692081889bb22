"""What `conv`, `plan` and `check` import, for `imports/` beside this: run it where a module has a reason to be new there.

PYTHONPATH=../..:../cli python record_imports.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from test_import_budget import COMMANDS, RECORDED, own_modules

with tempfile.TemporaryDirectory() as folder:
    for command in COMMANDS:
        modules = sorted(own_modules(command, Path(folder)))
        (RECORDED / f"{command}.txt").write_text("\n".join(modules) + "\n", encoding="utf-8")
