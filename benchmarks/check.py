"""How fast ``cnnshape check`` is: 1,000 files of the size of ResNet-18, one of them broken.

    python -m benchmarks.check [FILES]

Prints, for one process, for as many as the machine has cores, and for files that are unchanged, the time, the rate, the
processor time, and the memory of the largest process; and checks that the broken file is found and hides none of the
others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ENVIRONMENT

RESNET18 = """\
name: resnet18_{number}
framework: pytorch
variables: {{width: {width}, classes: 1000}}
input: [3, {size}, {size}]
blocks:
  basic(channels, stride=1):
    - if: stride != 1 or channels(input) != channels
      layers:
        - Conv2d(channels(input), channels, 1, stride=stride, bias=False)(input)
        - shortcut = BatchNorm2d(channels)
      else:
        - shortcut = input
    - Conv2d(channels(input), channels, 3, stride=stride, padding=1, bias=False)(input)
    - BatchNorm2d(channels)
    - ReLU(inplace=True)
    - Conv2d(channels, channels, 3, padding=1, bias=False)
    - main = BatchNorm2d(channels)
    - add()(main, shortcut)
    - ReLU(inplace=True)
layers:
  - Conv2d(3, width, 7, stride=2, padding=3, bias=False)
  - BatchNorm2d(width)
  - ReLU(inplace=True)
  - MaxPool2d(3, stride=2, padding=1)
  - for: stage
    in: range(4)
    layers:
      - basic(width * 2 ** stage, stride=1 if stage == 0 else 2)
      - basic(width * 2 ** stage)
  - AdaptiveAvgPool2d(1)
  - Flatten()
  - Linear(8 * width, classes)
expect:
  output: [1000]
  params: <= 100M
"""
"""Its 69 rows are torchvision's; width and size differ, so that no answer can be remembered."""


def write_files(folder: Path, count: int) -> None:
    """The files; the last but one does not fit together."""
    for number in range(count):
        text = RESNET18.format(number=number, width=16 + 8 * (number % 17), size=160 + number % 97)
        if number == count - 2:
            text = text.replace("Linear(8 * width", "Linear(7 * width")
        (folder / f"m{number:05}.cnn.yaml").write_text(text, encoding="utf-8")


def run(folder: Path, *options: str) -> tuple[float, float, int, list[dict[str, object]]]:
    """Seconds, processor seconds of all processes, bytes of the largest, and the findings of one run."""
    command = [sys.executable, "-m", "cnnshape", "check", str(folder), "--format", "json", *options]
    measure = (
        "import json, resource, subprocess, sys, time\n"
        "start = time.perf_counter()\n"
        "answer = subprocess.run(sys.argv[1:], capture_output=True)\n"
        "seconds = time.perf_counter() - start\n"
        "usage = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "processor = usage.ru_utime + usage.ru_stime\n"
        "print(json.dumps([seconds, answer.returncode, usage.ru_maxrss * 1024, processor, answer.stdout.decode()]))"
    )
    answer = subprocess.run([sys.executable, "-c", measure, *command], capture_output=True, check=True, env=ENVIRONMENT)
    seconds, code, peak, processor, document = json.loads(answer.stdout)
    if code not in (0, 1):
        raise SystemExit(f"the check failed with {code}")
    return seconds, processor, peak, json.loads(document)


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_files(folder, count)
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{count:,} files, {size / 1e6:.1f} MB, {os.cpu_count()} cores")
        cores = ("--jobs", str(os.cpu_count() or 1))
        alone = 0.0
        for name, options in {
            "one process": ("--no-cache", "--jobs", "1"),
            "a process a core": ("--no-cache", *cores),
            "what is found is kept": cores,
            "unchanged": cores,
        }.items():
            seconds, processor, peak, findings = run(folder, *options)
            errors = [finding["filename"] for finding in findings if finding["severity"] == "error"]
            if len(errors) != 1 or f"m{count - 2:05}" not in str(errors[0]):
                raise SystemExit(f"expected one broken file, found {errors[:9]}")
            alone = alone or seconds
            print(
                f"{name}: {seconds:.2f} s, {count / seconds:,.0f} files/s, {alone / seconds:.2f} x as many as one "
                f"process, {processor:.2f} s of processor time, "
                f"largest process {peak / 2**20:.0f} MiB, {len(findings):,} findings"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
