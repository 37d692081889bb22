"""Names that PyTorch 2.14.1 and Keras 3.15.1 do not have, but are like ones that they have; both raise for each."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError, Diagnostic
from cnnshape.readers.python.library.offered import offered

TORCH = """
import torch
import torch.nn.functional as F
from torch import nn
{imported}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3)
        {made}

    def forward(self, x):
        return {answer}
"""
KERAS = """
import keras
from keras import layers
{imported}

model = keras.Sequential([
    keras.Input((8, 8, 3)),
    {made},
])
"""


def findings(text: str, folder: Path, **asked: object) -> list[Diagnostic]:
    """What is found in a file of this text."""
    path = folder / "net.py"
    path.write_text(text, encoding="utf-8")
    try:
        return list(cnnshape.plan(path, **asked).diagnostics)
    except ArchitectureError as error:
        return list(error.diagnostics)


@pytest.mark.parametrize(
    ("imported", "made", "answer", "message", "meant", "line"),
    [
        ("", "self.bn = nn.BatchNorm2D(16)", "self.conv(x)", "module 'torch.nn' has no attribute 'BatchNorm2D'", "BatchNorm2d", 12),
        ("", "self.drop = nn.DropOut(0.5)", "self.drop(self.conv(x))", "module 'torch.nn' has no attribute 'DropOut'", "Dropout", 12),
        ("", "self.act = nn.ReLu()", "self.act(self.conv(x))", "module 'torch.nn' has no attribute 'ReLu'", "ReLU", 12),
        ("", "pass", "F.Relu(self.conv(x))", "module 'torch.nn.functional' has no attribute 'Relu'", "relu", 15),
        ("", "pass", "torch.flaten(self.conv(x), 1)", "module 'torch' has no attribute 'flaten'", "flatten", 15),
        ("from torch.nn import Conv2D", "self.b = Conv2D(16, 8, 3)", "self.b(x)", "cannot import name 'Conv2D' from 'torch.nn'", "Conv2d", 5),
    ],
)  # fmt: skip
def test_a_slip_raises_as_in_pytorch_at_its_line(
    imported: str, made: str, answer: str, message: str, meant: str, line: int, tmp_path: Path
) -> None:
    text = TORCH.format(imported=imported, made=made, answer=answer)
    (found,) = [each for each in findings(text, tmp_path, input=[3, 8, 8]) if each.severity == "error"]
    assert found.message.endswith(message)
    assert (found.code, found.fix) == ("CS605", f"did you mean {meant}?")
    assert found.span is not None
    assert found.span.start.row == line


@pytest.mark.parametrize(
    ("imported", "made", "message", "meant", "line"),
    [
        ("", "layers.Flaten()", "module 'keras.layers' has no attribute 'Flaten'", "Flatten", 8),
        ("", "layers.GlobalAveragePool2D()", "module 'keras.layers' has no attribute 'GlobalAveragePool2D'", "GlobalAveragePooling2D", 8),
        ("", "layers.Conv2d(8, 3)", "module 'keras.layers' has no attribute 'Conv2d'", "Conv2D", 8),
        ("from keras.layers import Conv2d", "Conv2d(8, 3)", "cannot import name 'Conv2d' from 'keras.layers'", "Conv2D", 4),
    ],
)  # fmt: skip
def test_a_slip_raises_as_in_keras_at_its_line(
    imported: str, made: str, message: str, meant: str, line: int, tmp_path: Path
) -> None:
    (found,) = findings(KERAS.format(imported=imported, made=made), tmp_path)
    assert found.message.endswith(message)
    assert (found.code, found.fix) == ("CS605", f"did you mean {meant}?")
    assert found.span is not None
    assert found.span.start.row == line


def test_what_a_file_is_prepared_for_is_no_fault(tmp_path: Path) -> None:
    made = 'self.act = nn.Mish() if hasattr(nn, "MISH") else getattr(nn, "GELu", nn.ReLU)()'
    text = TORCH.format(imported="", made=made, answer="self.act(self.conv(x))")
    assert findings(text, tmp_path, input=[3, 8, 8]) == []


def test_a_method_that_is_a_slip_is_told(tmp_path: Path) -> None:
    text = TORCH.format(imported="", made="pass", answer="self.conv(x).flaten(1)")
    (found,) = findings(text, tmp_path, input=[3, 8, 8])
    assert (found.code, found.fix) == ("CS601", "did you mean flatten?")


@pytest.mark.parametrize("name", ["Conv2d3", "SparseConv2d", "CrossEntropyLoss"])
def test_what_is_no_slip_is_unknown_as_before(name: str, tmp_path: Path) -> None:
    text = TORCH.format(imported="", made=f"self.other = nn.{name}(3)", answer="self.conv(x)")
    assert [each for each in findings(text, tmp_path, input=[3, 8, 8]) if each.severity == "error"] == []


def test_the_caller_may_say_what_a_slip_stands_for(tmp_path: Path) -> None:
    text = TORCH.format(imported="", made="self.drop = nn.DropOut(0.5)", answer="self.drop(self.conv(x))")
    found = findings(text, tmp_path, input=[3, 8, 8], assume={"DropOut": "Dropout"})
    assert [each.code for each in found] == ["CS608"]


def test_what_an_unknown_class_makes_may_have_weights(tmp_path: Path) -> None:
    text = TORCH.format(imported="from mylib import Foo", made="self.foo = Foo(16)", answer="self.conv(x)")
    (found,) = findings(text, tmp_path, input=[3, 8, 8])
    assert (found.code, found.severity) == ("CS608", "advice")
    assert found.message == "what `mylib.Foo` answers may have weights, which are not counted"


def test_a_loss_has_no_weights(tmp_path: Path) -> None:
    text = TORCH.format(imported="", made="self.loss = nn.CrossEntropyLoss()", answer="self.conv(x)")
    assert findings(text, tmp_path, input=[3, 8, 8]) == []


def test_the_names_are_those_of_the_frameworks() -> None:
    assert {module: len(names) for module, names in offered().items()} == {
        "torch": 1028,
        "torch.nn": 182,
        "torch.nn.functional": 160,
        "torch.nn.init": 34,
        "torch.optim": 19,
        "torch.Tensor": 604,
        "keras.layers": 183,
        "keras.models": 9,
        "keras.ops": 341,
        "keras.activations": 35,
    }


OWN = """

class Mine(ValueError):
    def __init__(self, code):
        super().__init__("no")
        self.fault = [code]
        self.fix = self._meant = {"code": code}


def fail(x):
    raise Mine(3)
"""


def test_what_exceptions_of_the_source_have_of_their_own_is_no_help(tmp_path: Path) -> None:
    text = TORCH.format(imported=OWN, made="pass", answer="fail(self.conv(x))")
    (found,) = findings(text, tmp_path, input=[3, 8, 8])
    assert (found.code, found.message, found.fix) == ("CS605", "this raises Mine: no", None)
