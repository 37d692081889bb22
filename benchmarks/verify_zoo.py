"""Verify every network of the zoo: ``python benchmarks/verify_zoo.py [--fields] [NAME...] > log``.

Each network runs in a process of its own, whose address space is limited to 8 GB, at the zoo's own input. A line
a network: whether the reference forward pass confirms its plan, how many rows, parameters and MACs were counted
in the run, what the receptive fields came to, seconds and peak memory. Exit code 1 if any disagrees.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections import Counter

LIMIT = 8 * 10**9


def main(arguments: list[str]) -> int:
    """Run every network (or those named), and sum up."""
    from cnnshape.readers.files import zoo_index

    fields = "--fields" in arguments
    names = [name for name in arguments if not name.startswith("--")]
    results = []
    for member in zoo_index():
        name = f"zoo:{member.framework}/{member.name}"
        if names and not any(each in name for each in names):
            continue
        command = [sys.executable, __file__, "--one", name, *(["--fields"] if fields else [])]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = run.stdout.strip().splitlines()
        result = json.loads(lines[-1]) if lines else {"verdict": "failed", "why": run.stderr.strip()[-200:]}
        results.append(result["verdict"])
        told = " ".join(f"{key}={value}" for key, value in result.items() if key != "verdict")
        print(f"{result['verdict']:<10} {name:<40} {told}", flush=True)
    print(", ".join(f"{count} {verdict}" for verdict, count in Counter(results).items()))
    return int(set(results) != {"agrees"})


def one(name: str, fields: bool) -> None:
    """Verify one network and print the result as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    import cnnshape
    from cnnshape.reports.units import by_x
    from cnnshape.studies.verify import verify

    plan = cnnshape.plan(name)
    begin = time.perf_counter()
    try:
        verification = verify(plan, fields=fields)
    except MemoryError:
        print(json.dumps({"verdict": "too large"}))
        return
    found = [proof.found for proof in verification.proofs if proof.found]
    result = {
        "verdict": "agrees" if verification.agrees else "DISAGREES",
        "input": " ".join(by_x(shape) for shape in plan.inputs.values()),
        "rows": len(verification.proofs),
        "params": sum(each.params for each in found),
        "macs": sum(each.macs for each in found),
    }
    if fields:
        result["fields"] = ",".join(
            f"{verdict}:{count}"
            for verdict, count in Counter(proof.field for proof in verification.proofs if proof.field).items()
        )
    for proof in verification.wrong[:3]:
        result[proof.row.name] = "; ".join(
            f"{each.quantity} {each.planned} != {each.found}" for each in proof.differences
        )
    result["seconds"] = round(time.perf_counter() - begin, 1)
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    print(json.dumps(result))


if __name__ == "__main__":
    if "--one" in sys.argv:
        one(sys.argv[sys.argv.index("--one") + 1], "--fields" in sys.argv)
    else:
        sys.exit(main(sys.argv[1:]))
