"""Packages as pip installs them, read where they lie: those that import lazily, and what their base classes do."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.diagnostics import ArchitectureError
from cnnshape.network.plan import Plan
from cnnshape.readers.files import UnreadableError

LAZY = """
import sys
from types import ModuleType
class Lazy(ModuleType):
    def __getattr__(self, name):
        raise AttributeError(name)
def available():
    return True
"""
LAZILY = """
from typing import TYPE_CHECKING
from {dots}lazy import Lazy, available
if TYPE_CHECKING:
    {told}
else:
    import sys
    sys.modules[__name__] = Lazy(__name__)
"""
MODEL = """
from torch import nn
from ...base import Base
from .configuration_small import SmallConfig
class Small(Base):
    config: SmallConfig
    def __init__(self, config):
        super().__init__(config)
        self.conv = nn.Conv2d(3, config.width, 3, bias=config.bias)
    def forward(self, x):
        return self.conv(x)
__all__ = ["Small"]
"""
BASE = """
import inspect
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import MISSING, dataclass, fields
from importlib.metadata import version
import torch
from torch import nn
from typing import dataclass_transform
from unheard_of import strict
from .wrong import Never
STATE = ContextVar("state", default=2)
@contextmanager
def held(value):
    token = STATE.set(value)
    try:
        yield value
    finally:
        STATE.reset(token)
def keyword_only(cls):
    def __init__(self, **given):
        for each in fields(cls):
            if each.name in given:
                setattr(self, each.name, given.pop(each.name))
            elif each.default is not MISSING:
                setattr(self, each.name, each.default)
            else:
                setattr(self, each.name, each.default_factory())
        self.__post_init__(**given)
    cls.__init__ = __init__
    return cls
@dataclass_transform()
@strict
@dataclass
class Config:
    layers: int = 1
    def __post_init__(self, **given):
        self.bias = given.pop("bias", False)
    def __init_subclass__(cls):
        keyword_only(dataclass(cls))
def push(value):
    return value
Config.push = (lambda function: function.__globals__["push"])(push)
if Config.push.__doc__ is not None:
    Config.push.__doc__ = ""
class Base(nn.Module):
    def __init_subclass__(cls):
        cls.config_class = inspect.get_annotations(cls).get("config")
    @held(5)
    def __init__(self, config):
        super().__init__()
        assert version("package") == "1.2" and version("torch")[:2] == "2."
        nn.Module.numbered = lambda self: len(list(self.parameters()))
        assert self.numbered() == 0 and self.config_class is not None
        with held(3) as value:
            self.scale = nn.Buffer(torch.ones(value))
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an environment's packages: one that imports lazily, and files in it that are no Python."""
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    folder = tmp_path / "lib" / "python3.12" / "site-packages"
    files = {
        "package-1.2.dist-info/METADATA": "",
        "package/__init__.py": LAZILY.format(
            dots=".",
            told="try:\n        if not available():\n            raise ImportError\n    except ImportError:\n"
            "        from .absent import *\n    else:\n        from .models import *\n    from .base import Config",
        ),
        "package/lazy.py": LAZY,
        "package/base.py": BASE,
        "package/models/__init__.py": LAZILY.format(
            dots="..", told="from .another import *\n    from .broken import *\n    from .small import *"
        ),
        "package/models/another.py": "class Small:\n    pass\n\n__all__ = ['Another']\n",
        "package/models/broken.py": "this is no Python\n\n__all__ = ['Smaller']\n",
        "package/models/small/__init__.py": LAZILY.format(
            dots="...", told="from .configuration_small import *\n    from .modeling_small import *"
        ),
        "package/models/small/configuration_small.py": "from ...base import Config\n\n"
        "class SmallConfig(Config):\n    width: int = 4\n\n__all__ = ['SmallConfig']\n",
        "package/models/small/modeling_small.py": MODEL,
        "eager/__init__.py": "from .checks import found\n\nif found():\n    from .broken import Wrong\n"
        "    from .right import Right\nelse:\n    from .missing import Right\n",
        "eager/checks.py": "def found():\n    return True\n",
        "eager/broken.py": "this is no Python\n",
        "eager/right.py": "from torch import nn\n\nclass Right(nn.Linear):\n    pass\n",
        "attached/__init__.py": "import loader\n\n__getattr__, __dir__, __all__ = loader.attach("
        "__name__, {'inner': ['Right']})\n",
        "attached/inner.py": "from eager import Right\n",
        "loader.py": "import importlib\n\ndef attach(package, attributes):\n"
        "    where = {name: part for part, names in attributes.items() for name in names}\n"
        "    def __getattr__(name):\n"
        "        return getattr(importlib.import_module(f'{package}.{where[name]}'), name)\n"
        "    return __getattr__, lambda: sorted(where), list(where)\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def planned(code: str, folder: Path) -> Plan:
    """The plan of what `net` is after this code."""
    path = folder / "net.py"
    path.write_text(f"from torch import nn\n{code}\n", encoding="utf-8")
    return cnnshape.plan(f"{path}:net", input=[3, 8, 8])


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("from package import Small, SmallConfig\nnet = Small(SmallConfig())", 108),
        ("from package.models import Small, SmallConfig\nnet = Small(SmallConfig(width=2, bias=True))", 56),
        ("import package\nnet = package.Small(package.SmallConfig(bias=True))", 112),
        ("import package.models.small as small\nnet = small.modeling_small.Small(small.SmallConfig())", 108),
        ("from eager import Right\nnet = Right(8, 2)", 18),
        ("from eager import Right, Wrong\nnet = Right(8, 2)", 18),
        ("from attached import Right\nnet = Right(8, 3)", 27),
        ("import attached\nnet = nn.Sequential(attached.Right(8, 3), attached.inner.Right(3, 8))", 59),
    ],
)
def test_a_package_that_imports_lazily_is_read_where_it_lies(code: str, params: int, tmp_path: Path) -> None:
    assert planned(code, tmp_path).totals.params == params


def test_a_file_of_the_package_itself_is_read_as_any(site: Path) -> None:
    with pytest.raises(ArchitectureError, match="missing 1 required positional argument: 'config'"):
        cnnshape.plan(f"{site}/package/models/small/modeling_small.py:Small", input=[3, 8, 8])
    plan = cnnshape.plan(f"{site}/package/models/small/modeling_small.py:Small(SmallConfig(width=2))", input=[3, 8, 8])
    assert plan.totals.params == 54
    with pytest.raises(UnreadableError, match="is no model with literal arguments"):
        cnnshape.plan(f"{site}/eager/right.py:Right([].append(8), 2 + x)", input=[3, 8, 8])


@pytest.mark.usefixtures("site")
def test_what_the_package_does_not_hand_out_cannot_be_imported(tmp_path: Path) -> None:
    with pytest.raises(ArchitectureError, match="cannot import name 'Smallest' from 'package'"):
        planned("from package import Smallest\nnet = Smallest()", tmp_path)


@pytest.mark.parametrize("name", ["forward", "__call__", "__init__"])
def test_another_method_of_a_layer_that_is_told_here_is_refused(name: str, tmp_path: Path) -> None:
    code = f"def run(self, x):\n    return x\n\nnn.Conv2d.{name} = run\nnet = nn.Conv2d(3, 4, 3)"
    with pytest.raises(UnreadableError, match=f"this gives Conv2d, which is told here, another `{name}`"):
        planned(code.replace("nn.Conv2d", "Layer").replace("def", "Layer = nn.Conv2d\n\ndef", 1), tmp_path)


NET = """
from contextlib import ExitStack
from collections import OrderedDict
import unheard_of

class Names(OrderedDict[str, int]):
    pass

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        with ExitStack() as stack:
            stack.enter_context(unheard_of.quietly())
            self.fc = nn.Linear(8, Names(width=3)["width"])

    def forward(self, x):
        return self.fc(x)

def count(net):
    for batch in unheard_of.data():
        net(batch)

def widen(net):
    if unheard_of.version() > 3:
        print("old")
        net.fc = nn.Linear(8, 4)
    net.fc = nn.Linear(8, 5)

net = Net()
"""


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        ("count(net)", "which cannot be read, changes nothing of the network"),
        ("unheard_of.watch(net.fc)", "is given a model or a part of one, and taken to change nothing of it"),
    ],
)
def test_what_is_done_with_a_model_and_cannot_be_read_is_stated(statement: str, note: str, tmp_path: Path) -> None:
    plan = planned(NET + statement, tmp_path)
    assert plan.totals.params == 27
    assert any(note in each.message for each in plan.diagnostics)


@pytest.mark.parametrize("statement", ["widen(net)", "if unheard_of.flag:\n    widen(net)"])
def test_a_function_that_alters_the_model_and_cannot_be_read_is_refused(statement: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"this depends on .*`unheard_of"):
        planned(NET + statement, tmp_path)


def test_what_an_unknown_base_would_bring_is_not_called_a_fault_of_the_code(tmp_path: Path) -> None:
    code = (
        "from unheard_of import Encoder\nclass Body(Encoder, nn.Module):\n    def __init__(self):\n"
        "        super().__init__(depth=3)\n        del self.fc\nnet = Body()"
    )
    with pytest.raises(ArchitectureError) as caught:
        planned(code, tmp_path)
    (finding,) = (each for each in caught.value.diagnostics if each.severity == "error")
    assert finding.code == "CS604"
    assert finding.message.endswith("and `unheard_of.Encoder`, a base of Body, is not known")
