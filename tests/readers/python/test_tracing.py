"""Readings that are noted: whatever is made of a number, another one gives what a reading of its own gives."""

from __future__ import annotations

import pytest

from cnnshape.diagnostics import Source
from cnnshape.network.extent import REFUSED, extent_of
from cnnshape.network.plan import Plan
from cnnshape.network.planning import plan_network
from cnnshape.readers.python.reader import PythonFile
from cnnshape.readers.requests import Settings

NET = """\
import math
import itertools
import functools
import torch
import torch.nn as nn
TABLE = {1: 3, 2: 5, 7: 9}

class Net(nn.Module):
    def __init__(self, x=1):
        super().__init__()
        self.conv = nn.Conv2d(3, value(x), 1)

    def forward(self, images):
        return self.conv(images)

def value(x):
"""

FOLLOWED = (
    "return 2 * x + 1",
    "return x // 2 + x % 3 + 1",
    "return int(x * 1.25 + 0.5)",
    "return round(x / 2) + 1",
    "return math.ceil(x / 3)",
    "return int(math.sqrt(x)) + 1",
    "return sum([x, x, 1])",
    "return (x << 2 | 1) ^ 1",
    "return -(-x // 4)",
    "return divmod(x, 5)[0] + 1",
    "return abs(1 - 2 * x)",
    "y = x; y += 3; y *= 2; return y",
    "return (lambda a, b=x: a + b)(1)",
    "return functools.reduce(lambda a, b: a + b, [x, 1, x])",
    "return math.prod([x, 2])",
    "return nn.Conv2d(1, x, (3, x)).kernel_size[1] + nn.Conv2d(1, 2 * x, 1).out_channels",
    "return int(float(x)) + math.floor(x * 0.5)",
)
"""What hangs on a number without a decision: one reading is enough."""

DECIDED = (
    "return 8 if x > 4 else 3",
    "return max(x, 5) + min(x, 3)",
    "return len(range(x)) + 1",
    "return len('ab' * x) + len([0] * x)",
    "return TABLE.get(x, 4)",
    "return 2 if x in (3, 4) else 1 if x in {5, 6} else 7",
    "return [1, 2, 3, 4][x % 4]",
    "return (list(range(20))[x:] or [1])[0] + 1",
    "return len(f'{x:03d}') + len(str(x)) + len('%d' % x) + len('{}'.format(x))",
    "return len(sorted([x, 5, 9])) + sorted([x, 5, 9], reverse=True)[1]",
    "return (x - 3) and 4 or 2",
    "return x if not x % 2 else x + 2",
    "return 1 + (x == 3) + (x != 5) + (1 < x <= 7)",
    "return 3 if isinstance(x, int) and not isinstance(x, str) and type(x) is int else 5",
    "return 3 if x is 7 else 4 if x is None else 5",
    "return next(i for i in itertools.count(1) if i * i >= x)",
    "y = 1\n    while y < x:\n        y *= 2\n    return y",
    "try:\n        return 12 // (x - 3) + 20\n    except ZeroDivisionError:\n        return 2",
    "try:\n        return [1, 2, 3][x]\n    except IndexError:\n        return 9",
    "return sum(1 for i in range(12) if i % x == 0)",
    "return {str(i): i + 1 for i in range(13)}[str(x)]",
    "return getattr(nn.Conv2d(1, 1, x), 'kernel_size')[0] + (2 if nn.Conv2d(1, x, 1).weight.shape[0] > 4 else 1)",
    "return int('7') + int(str(x)) + len(bin(x)) if False else x + 1",
    "return torch.zeros(x, 2).shape[0] + 1",
    "return 1 + len(list(itertools.repeat(0, x))) + len(list(zip(range(x), range(5))))",
    "match x:\n        case 3:\n            return 8\n        case int():\n            return 2\n    return 1",
    "return x.bit_length() + int(x.real)",
    "return 2 ** x % 11 + 1",
    "return x ** 2",
    "return (5 - x if x < 5 else 1) ** 2",
    "return math.gcd(x, 6) + (2 if math.isclose(x, 4) else 1)",
)
"""What hangs on decisions: as many readings as there are ways."""


def outcomes(body: str) -> tuple[PythonFile, list[int | str | None], list[int | str | None]]:
    """The parameters of variants as a search finds them, in two rounds, and as each is by itself."""
    text = NET + f"    {body.replace('; ', chr(10) + '    ')}\n"
    searched = PythonFile(Source("net.py", text), None, "Net")
    found, alone = [], []
    for x in (5, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12) * 2:
        settings = Settings(inputs={"": (3, 8, 8)}, variables={"x": x}, many=True)
        found.append(told(searched.outcome(settings) or plan_network(searched.network(settings))))
        alone.append(told(plan_network(PythonFile(Source("net.py", text), None, "Net").network(settings))))
    return searched, found, alone


def told(outcome: object) -> int | str | None:
    """The parameters, or the code of the first error."""
    if isinstance(outcome, Plan) and outcome.errors:
        return outcome.errors[0].code
    return outcome.totals.params  # type: ignore[attr-defined,no-any-return]  # an outcome has them, as a plan


@pytest.mark.parametrize("body", FOLLOWED)
def test_what_follows_from_a_number_is_worked_out_for_another(body: str) -> None:
    searched, found, alone = outcomes(body)
    assert found == alone
    assert (searched.ways.learned, searched.ways.found) == (1, 23)


@pytest.mark.parametrize("body", DECIDED)
def test_what_is_decided_by_a_number_is_asked_of_another(body: str) -> None:
    searched, found, alone = outcomes(body)
    assert found == alone
    assert len({*found}) > 1 or "type(x)" in body
    assert searched.ways.learned <= 12


SIZED = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.down = nn.Conv2d(8, 8, 3, 2)
        self.up = nn.ConvTranspose2d(8, 8, 2, 2)
        self.head = nn.Linear(8, 5)
        self.rnn = nn.LSTM(8, 4)

    def forward(self, x):
        x = self.conv(x)
        b, c, h, w = x.shape
"""

OF_SIZES = (
    "return self.head(x.view(b, c, h * w).mean(2))",
    "return self.head(x.reshape(b, -1, c).mean(1))",
    "y = self.up(self.down(x)); dy, dx = h - y.size(2), w - y.size(3)\n"
    "        return x + F.pad(y, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])",
    "y = F.interpolate(self.down(x), size=(h, w), mode='bilinear'); return torch.cat([x, y], 1)",
    "s = x.mean((2, 3)).view(b, c, 1, 1); return x * s.expand_as(x)",
    "if h % 2:\n            x = F.pad(x, (0, 0, 0, 1))\n        return self.down(x)",
    "for _ in range(h // 6):\n            x = self.down(x)\n        return x",
    "assert h <= 9, 'too high'; return self.down(x)",
    "y, _ = self.rnn(x.mean(2).permute(2, 0, 1)); return y.reshape(w * b, 4).view(w, b, -1)",
    "y = x.mean(2).permute(2, 0, 1); T, n, f = y.shape; return y.reshape(T * n, f).view(T, -1)",
    "return self.head(x.flatten(2).transpose(1, 2).reshape(h * w, c)).view(b, h, w, 5)",
    "return F.max_pool2d(x, kernel_size=(h // 2, 1), stride=(max(h // 3, 1), 1))",
)
"""What is made of the sizes of tensors."""

READ_ANEW = (
    "y = x[:, :, : h - h % 4, : w - w % 4]; return y.reshape(b, c, y.size(2) // 4, 4, w // 4, 4).mean((3, 5))",
    "return torch.cat([self.down(x).flatten(2), x.flatten(2)[:, :, : h // 2 + 1]], 2)",
)
"""What the notes do not tell: parts of tensors."""


@pytest.mark.parametrize("body", [*OF_SIZES, *READ_ANEW])
def test_what_sizes_come_to_is_what_a_plan_says(body: str) -> None:
    source = Source("net.py", SIZED + f"        {body.replace('; ', chr(10) + '        ')}\n")
    swept, refused = PythonFile(source, None, "Net"), 0
    for height, width in [*[(each, 10) for each in (8, *range(1, 24))], *[(8, each) for each in range(1, 24)]]:
        settings = Settings(inputs={"": (3, height, width)}, many=True)
        alone = extent_of(plan_network(PythonFile(source, None, "Net").network(settings)))
        assert swept.extent(settings) == alone, (height, width)
        refused += alone == REFUSED
    assert refused >= 4
    assert (swept.ways.found >= 24) == (body in OF_SIZES)
