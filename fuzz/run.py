"""Check many hostile inputs in one go, and count them.

    python fuzz/run.py [--count N] [--first N] [--kind text|slips|structure|values|names] [--mend] [--edit]
                       [--seconds S]

Input number n is always the same, so that a finding is reproduced by its number: ``--first N --count 1 --show``.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import traceback
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "fuzz"))

from hostile_inputs import KINDS, check, edit, mend

SLOW, SLOW_ROW = 5.0, 1e-4
"""Seconds of CPU time for one input, and for each row it asks for (up to a million), that are a finding as well."""


def main() -> int:
    """Run, and return the number of findings, at most 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--mend", action="store_true", help="apply --fix and --write-expect too")
    parser.add_argument("--edit", action="store_true", help="ask what an editor asks too")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    parser.add_argument("--show", action="store_true", help="print the inputs")
    options = parser.parse_args()
    gc.set_threshold(100_000, 20, 20)  # as the command line does, which the times are about
    start = time.perf_counter()
    done = sound = mended = failed = 0
    for number in range(options.first, options.first + options.count):
        if time.perf_counter() - start > options.seconds:
            break
        random = Random(number)
        kind = options.kind or random.choice(list(KINDS))
        content = KINDS[kind](random)
        if options.show:
            print(content)
        begun, rows, took = time.process_time(), 0, 0.0
        try:
            findings, rows = check(content)
            took = time.process_time() - begun
            sound += not findings
            if options.mend:
                mended += mend(content) > 0
            if options.edit:
                edit(content, random)
        except Exception:
            failed += 1
            print(f"input {number} ({kind}):\n{content!r}\n{traceback.format_exc()}", flush=True)
        if took > SLOW + SLOW_ROW * rows:
            failed += 1
            print(f"input {number} ({kind}) took {took:.1f} s:\n{content!r}", flush=True)
        done += 1
        if done % 10_000 == 0:
            print(f"{done:,} inputs, {time.perf_counter() - start:,.0f} s", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - start
    mends = f", {mended:,} mended" if options.mend else ""
    print(f"{done:,} inputs from {options.first:,} on, {seconds:,.0f} s: {sound:,} sound{mends}, {failed:,} findings")
    return min(failed, 1)


if __name__ == "__main__":
    raise SystemExit(main())
