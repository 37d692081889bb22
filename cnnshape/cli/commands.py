"""The commands by their names, none of them imported yet."""

from __future__ import annotations

from cnnshape.value import NamedTuple


class Entry(NamedTuple):
    """A command: its module (and its name there, where that is not `command`), its line of help, its section."""

    place: str
    help: str
    section: str


_CALCULATE = "Calculate one layer"
_PLAN = "Plan and check architectures"
_UNDERSTAND = "Understand and improve them"
_LOOK_UP = "Look up"

COMMANDS = {
    "plan": Entry("plan", "Shape, parameters and cost of every layer of a FILE.", _PLAN),
    "check": Entry("check", "The gate for CI: faults and broken expectations.", _PLAN),
    "calc": Entry("calc", "A stack of layers written on the command line.", _PLAN),
    "init": Entry("init", "Write a commented first architecture file.", _PLAN),
    "conv": Entry("one_off:conv", "A convolution: 10x8x16x3 -f 5 -k 3, or just 224 -k 7.", _CALCULATE),
    "conv-transpose": Entry("one_off:conv_transpose", "A transposed convolution.", _CALCULATE),
    "depthwise-conv": Entry("one_off:depthwise_conv", "A depthwise convolution.", _CALCULATE),
    "separable-conv": Entry("one_off:separable_conv", "A depthwise separable convolution.", _CALCULATE),
    "pool": Entry("one_off:pool", "Max, average, sum or Lp pooling.", _CALCULATE),
    "dense": Entry("one_off:dense", "A dense (linear) layer.", _CALCULATE),
    "explain": Entry("explain", "How each number came about, term by term.", _UNDERSTAND),
    "export": Entry("export", "The network as code of Keras or PyTorch.", _UNDERSTAND),
    "import": Entry("import_network", "Any network as an architecture file.", _UNDERSTAND),
    "solve": Entry("solve", "Which kernel, stride and padding give a size from a size.", _UNDERSTAND),
    "sizes": Entry("sizes", "The smallest valid input, and sizes without leftovers.", _UNDERSTAND),
    "scale": Entry("scale", "Fit a variable to a budget; sweep variables.", _UNDERSTAND),
    "search": Entry("search", "Plan a space of variants; what fits, and the Pareto front.", _UNDERSTAND),
    "fit": Entry("fit", "The largest batch that trains within so much memory.", _UNDERSTAND),
    "suggest": Entry("suggest", "Which known network suits a task.", _UNDERSTAND),
    "verify": Entry("verify", "Prove shapes and counts by a reference forward pass.", _UNDERSTAND),
    "diff": Entry("diff", "What changed between two architectures.", _UNDERSTAND),
    "zoo": Entry("zoo", "The well-known networks that are built in.", _LOOK_UP),
    "rule": Entry("rule", "What a diagnostic means, why it matters, how to fix it.", _LOOK_UP),
    "schema": Entry("schema", "The JSON Schema of the architecture file.", _LOOK_UP),
    "server": Entry("server", "The language server, for editors.", _PLAN),
    "cache": Entry("cache", "Where answers are kept for the next time; to forget them.", _LOOK_UP),
    "completion": Entry("completion", "The completion script for a shell.", _LOOK_UP),
}
