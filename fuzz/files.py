"""Mutated files of Keras, PyTorch, ONNX and Caffe, and Python source: ``python -m fuzz.files [COUNT] [SEED]``.

Bytes are changed, cut out, doubled or put in at random, in the file itself and in the text that an archive packs; of
Python source, every second seed, lines and words are. What is not a plan has to be a refusal with a diagnostic, and
what is one is written in every form, or refused by name: a traceback is a fault, and so is a file that takes longer
than a few seconds. The seeds of faults are printed, and make the same files again.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import re
import sys
import time
import traceback
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import cnnshape
from cnnshape.api import UsageError, examine
from cnnshape.writers import WRITERS, Unwritable, write

DATA = Path(__file__).parents[1] / "tests/data"
SLOWEST = 5.0
"""Seconds that a file may take."""
MOST_WRITTEN = 300
"""Rows of a plan that is written too; more take longer than all else."""
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


PROTOTXT = """
name: "small" input: "data" input_shape { dim: 1 dim: 3 dim: 28 dim: 28 }
layer { name: "a" type: "Convolution" bottom: "data" top: "a"
  convolution_param { num_output: 6 kernel_size: 5 pad: 2 stride: 2 group: 3 } }
layer { name: "b" type: "BatchNorm" bottom: "a" top: "b" } # in two layers
layer { name: "c" type: "Scale" bottom: "b" top: "b" scale_param { bias_term: true } }
layer { name: "d" type: "Pooling" bottom: "b" top: "d" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layer { name: "e" type: "Slice" bottom: "d" top: "e1" top: "e2" slice_param { axis: 1 slice_point: 2 } }
layer { name: "f" type: "Deconvolution" bottom: "e2" top: "f" convolution_param { num_output: 2 kernel_size: 1 } }
layer { name: "g" type: "Concat" bottom: "e1" bottom: "f" top: "g" concat_param { axis: 1 } }
layer { name: "h" type: "Eltwise" bottom: "g" bottom: "g" top: "h" eltwise_param { operation: PROD } }
layer { name: "i" type: "Reshape" bottom: "h" top: "i" reshape_param { shape { dim: 0 dim: -1 } } }
layer { name: "j" type: "InnerProduct" bottom: "i" top: "j" inner_product_param { num_output: 9 } param { name: "w" } }
layer { name: "k" type: "Softmax" bottom: "j" top: "k" include { phase: TEST } }
"""


def originals() -> Iterator[tuple[str, bytes]]:
    """Files as they should be: their kind, and the text inside."""
    with gzip.open(DATA / "keras_models.jsonl.gz", "rt", encoding="utf-8") as lines:
        models = sorted((line for line in lines), key=len)
    yield from (("keras", json.dumps(json.loads(line)["config"]).encode()) for line in models[:12])
    with gzip.open(DATA / "pt2_programs.jsonl.gz", "rt", encoding="utf-8") as lines:
        programs = sorted((line for line in lines), key=len)
    yield from (("pt2", json.dumps(json.loads(line)["program"]).encode()) for line in programs[:8])
    with gzip.open(DATA / "pt2_archives.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from (("whole pt2", base64.b64decode(json.loads(line)["archive"])) for line in lines)
    yield from (("prototxt", PROTOTXT.encode()) for _ in range(8))
    with zipfile.ZipFile(DATA / "onnx_models.zip") as archive:
        yield from (
            ("onnx", archive.read(name)) for name in archive.namelist() if "light" not in name and name[-4:] == "onnx"
        )


def packed(kind: str, raw: bytes) -> bytes:
    """The file of a kind with this text in it."""
    if kind in ("onnx", "prototxt", "whole pt2"):
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


WORDS = [
    *(
        "x",
        "self",
        "None",
        "-1",
        "0",
        "10**9",
        "2**64",
        "'a' * 10**9",
        "[0] * 10**8",
        "range(10**9)",
        "lambda: 0",
        "*x",
        "()",
    ),
    *(
        "().__class__",
        "open('/etc/passwd')",
        "__import__('os')",
        "self.forward(x)",
        "torch",
        "x.shape[0]",
        "1 / 0",
        "yield",
    ),
]
"""What stands in the place of a word or a number of source."""


def sources() -> Iterator[str]:
    """Python source of small networks of the zoo, in both frameworks; a model, and what it is applied to."""
    for name in ("keras/lenet5", "pytorch/resnet18", "keras/mobilenet", "pytorch/squeezenet1_1"):
        plan = examine(f"zoo:{name}")
        for framework in ("keras", "pytorch"):
            yield str(write(plan, framework)) + "\nmodel = Network()\n" * (framework == "pytorch")


def respelled(text: str, source: random.Random) -> str:
    """Source with one to three lines left out, doubled or moved, or words and numbers that are others."""
    lines = text.splitlines()
    for _ in range(source.randint(1, 3)):
        at, to = source.randrange(len(lines)), source.randrange(len(lines))
        match source.randrange(5):
            case 0:
                lines[at : at + 1] = [lines[at]] * source.choice((0, 2, 300))
            case 1:
                lines[at], lines[to] = lines[to], lines[at]
            case _:
                words = list(re.finditer(r"[\w.]+", lines[at]))
                if words:
                    word = source.choice(words)
                    instead = source.choice((*WORDS, source.choice(words)[0]))
                    lines[at] = lines[at][: word.start()] + instead + lines[at][word.end() :]
        lines = lines or [""]
    return "\n".join(lines)


def tried(path: Path) -> str | None:
    """Plan a file, and write what it plans in every form; what is wrong with that, if anything."""
    start, taken = time.process_time(), 0.0
    try:
        plan = examine(path)
        taken = time.process_time() - start
        for form in WRITERS if not plan.errors and len(plan.layers) < MOST_WRITTEN else ():
            with suppress(Unwritable):
                write(plan, form)
    except (cnnshape.ArchitectureError, UsageError):
        pass
    except Exception:
        return traceback.format_exc(limit=-4)
    taken = taken or time.process_time() - start
    return f"took {taken:.1f} s" if taken > SLOWEST else None


def main(count: int = 10_000, first: int = 0) -> int:
    """Try so many files; the number of faults is the exit code's business."""
    files, texts, faults = list(originals()), list(sources()), 0
    with TemporaryDirectory(prefix="files-") as folder:
        for seed in range(first, first + count):
            source = random.Random(seed)
            python = respelled(source.choice(texts), source).encode()
            kind, raw = ("py", python) if seed % 2 else made(seed, files)
            path = Path(folder, "model" + ".py" * (kind == "py"))
            path.write_bytes(raw)
            if wrong := tried(path):
                faults += 1
                print(f"seed {seed} ({kind}): {wrong}", flush=True)
    print(f"{count} files, {faults} faults")
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
