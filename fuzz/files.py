"""Mutated files of Keras, PyTorch and ONNX: ``python -m fuzz.files [COUNT] [SEED]``.

Bytes are changed, cut out, doubled or put in at random, in the file itself and in the text that an archive packs. What
is not a plan has to be a refusal with a diagnostic: a traceback is a fault, and so is a file that takes longer than a
few seconds. The seeds of faults are printed, and make the same files again.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import time
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cnnshape
from cnnshape.api import UsageError, examine

DATA = Path(__file__).parents[1] / "tests/data"
SLOWEST = 5.0
"""Seconds that a file may take."""
INTERESTING = [
    b"0",
    b"-1",
    b"null",
    b"[]",
    b"{}",
    b"1e999",
    b"9223372036854775808",
    b'""',
    b"\xff",
    b"\0" * 8,
    b"[" * 2000,
]


def originals() -> Iterator[tuple[str, bytes]]:
    """Files as they should be: their kind, and the text inside."""
    with gzip.open(DATA / "keras_models.jsonl.gz", "rt", encoding="utf-8") as lines:
        models = sorted((line for line in lines), key=len)
    yield from (("keras", json.dumps(json.loads(line)["config"]).encode()) for line in models[:12])
    with gzip.open(DATA / "pt2_programs.jsonl.gz", "rt", encoding="utf-8") as lines:
        programs = sorted((line for line in lines), key=len)
    yield from (("pt2", json.dumps(json.loads(line)["program"]).encode()) for line in programs[:8])
    with zipfile.ZipFile(DATA / "onnx_models.zip") as archive:
        yield from (
            ("onnx", archive.read(name)) for name in archive.namelist() if "light" not in name and name[-4:] == "onnx"
        )


def packed(kind: str, raw: bytes) -> bytes:
    """The file of a kind with this text in it."""
    if kind == "onnx":
        return raw
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json" if kind == "keras" else "net/models/model.json", raw)
    return stream.getvalue()


def mutated(raw: bytes, source: random.Random) -> bytes:
    """The bytes with one to four changes."""
    changed = bytearray(raw)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(changed) + 1)
        length = source.choice((1, 1, 1, 4, 16, 200))
        match source.randrange(5):
            case 0:
                changed[at : at + length] = source.randbytes(length)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3:
                changed[at : at + source.choice((0, 1, length))] = source.choice(INTERESTING)
            case 4:
                digits = [place for place, byte in enumerate(changed[:200_000]) if 48 <= byte <= 57]
                if digits:
                    changed[source.choice(digits)] = source.choice(b"0123456789")
    return bytes(changed)


def made(seed: int, files: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """The file of a seed."""
    source = random.Random(seed)
    kind, raw = source.choice(files)
    if source.random() < 0.2:
        return kind, mutated(packed(kind, raw), source)
    return kind, packed(kind, mutated(raw, source))


def main(count: int = 10_000, first: int = 0) -> int:
    """Try so many files; the number of faults is the exit code's business."""
    files, faults = list(originals()), 0
    path = Path(sys.argv[0]).with_suffix(".mutated")
    try:
        for seed in range(first, first + count):
            kind, raw = made(seed, files)
            path.write_bytes(raw)
            start = time.perf_counter()
            try:
                examine(path)
            except (cnnshape.ArchitectureError, UsageError):
                pass
            except Exception:
                faults += 1
                print(f"seed {seed} ({kind})\n{traceback.format_exc(limit=-4)}")
            taken = time.perf_counter() - start
            if taken > SLOWEST:
                faults += 1
                print(f"seed {seed} ({kind}) took {taken:.1f} s")
    finally:
        path.unlink(missing_ok=True)
    print(f"{count} files, {faults} faults")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
