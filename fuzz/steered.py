"""The same inputs, steered by coverage: atheris mutates the choices that hypothesis makes.

pip install atheris && python fuzz/steered.py [libFuzzer options, such as -max_total_time=600]
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cnnshape"]):
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fuzz"))
    from test_fuzz import test_whatever_a_text_holds_it_is_checked

if __name__ == "__main__":
    atheris.Setup(sys.argv, test_whatever_a_text_holds_it_is_checked.hypothesis.fuzz_one_input)
    atheris.Fuzz()
