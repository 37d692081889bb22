"""The code book: every code, its name and its severity. `book/CODE.md` explains each on one page."""

from __future__ import annotations

import re
from typing import Literal

from cnnshape.value import NamedTuple

Severity = Literal["error", "warning", "advice"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "advice")
"""From the worst to the mildest."""


class Code(NamedTuple):
    """A code never changes its meaning; the name is what people say."""

    name: str
    severity: Severity = "error"


CODES: dict[str, Code] = {
    # CS0xx: the file and its YAML
    "CS001": Code("unreadable-file"),
    "CS002": Code("not-utf-8"),
    "CS003": Code("yaml-syntax"),
    "CS004": Code("duplicate-key"),
    "CS005": Code("unsupported-yaml"),
    "CS006": Code("file-too-large"),
    "CS007": Code("nested-too-deep"),
    "CS008": Code("too-many-aliases"),
    "CS009": Code("unknown-key"),
    "CS010": Code("missing-key"),
    "CS011": Code("wrong-kind-of-value"),
    "CS012": Code("call-cut-in-two"),
    "CS013": Code("too-many-rows"),
    "CS014": Code("include-outside-project"),
    "CS015": Code("include-framework-differs"),
    "CS016": Code("other-kind-of-file"),
    "CS017": Code("unchecked"),
    "CS018": Code("damaged-file"),
    # CS1xx: layers and their arguments
    "CS101": Code("unknown-layer"),
    "CS102": Code("layer-of-the-other-framework"),
    "CS103": Code("unknown-argument"),
    "CS104": Code("missing-argument"),
    "CS105": Code("invalid-argument"),
    "CS106": Code("too-many-arguments"),
    "CS107": Code("call-syntax"),
    "CS108": Code("arguments-exclude-each-other"),
    "CS109": Code("expression-error"),
    "CS110": Code("not-a-whole-number"),
    "CS111": Code("expression-not-allowed"),
    "CS112": Code("unknown-variable"),
    "CS113": Code("unknown-preset"),
    "CS114": Code("row-of-wrong-length"),
    "CS115": Code("integer-too-large"),
    "CS116": Code("unknown-operator", "warning"),
    # CS2xx: the graph
    "CS201": Code("unknown-name"),
    "CS202": Code("name-bound-twice"),
    "CS203": Code("wrong-number-of-inputs"),
    "CS204": Code("dead-layer", "warning"),
    "CS205": Code("tensor-expected"),
    "CS206": Code("layer-expected"),
    "CS207": Code("block-calls-itself"),
    "CS208": Code("shared-weights-differ"),
    "CS209": Code("wrong-number-of-outputs"),
    "CS210": Code("invalid-name"),
    "CS211": Code("unused-input", "warning"),
    # CS3xx: shapes
    "CS301": Code("kernel-larger-than-input"),
    "CS302": Code("wrong-rank"),
    "CS303": Code("channel-mismatch"),
    "CS304": Code("feature-mismatch"),
    "CS305": Code("merge-mismatch"),
    "CS306": Code("reshape-mismatch"),
    "CS307": Code("groups-do-not-divide"),
    "CS308": Code("empty-output"),
    "CS309": Code("axis-out-of-range"),
    "CS310": Code("batch-axis-moved"),
    "CS311": Code("padding-too-large"),
    "CS312": Code("size-must-be-known"),
    "CS313": Code("size-does-not-divide"),
    "CS315": Code("nothing-to-normalize"),
    "CS316": Code("backend-refuses"),
    "CS317": Code("stated-shape-differs", "warning"),
    # CS4xx: expectations
    "CS401": Code("expectation-broken"),
    "CS402": Code("invalid-expectation"),
    "CS403": Code("expectation-unknown", "warning"),
    "CS404": Code("pattern-without-files"),
    # CS5xx: advice; `checks/rules` has one module a code
    "CS501": Code("unread-border", "advice"),
    "CS502": Code("stride-skips-input", "advice"),
    "CS503": Code("uneven-same-padding", "advice"),
    "CS504": Code("even-kernel-same", "advice"),
    "CS505": Code("bias-before-batch-norm", "advice"),
    "CS506": Code("linear-after-linear", "advice"),
    "CS507": Code("activation-on-logits", "advice"),
    "CS508": Code("deep-without-normalization", "advice"),
    "CS509": Code("dropout-before-batch-norm", "advice"),
    "CS510": Code("receptive-field-too-small", "advice"),
    "CS511": Code("unproductive-layers", "advice"),
    "CS512": Code("dense-holds-most-parameters", "advice"),
    "CS513": Code("kernel-reads-only-padding", "advice"),
    "CS514": Code("feature-map-exhausted", "advice"),
    "CS515": Code("channels-not-multiple-of-8", "advice"),
    "CS516": Code("duplicate-layer", "advice"),
    "CS517": Code("representational-bottleneck", "advice"),
    "CS518": Code("across-the-batch", "advice"),
    "CS519": Code("overwritten-before-read", "advice"),
    "CS520": Code("misplaced-argument", "advice"),
    "CS521": Code("dense-on-map", "advice"),
    "CS522": Code("channels-elsewhere", "advice"),
    "CS523": Code("one-value-to-normalize", "advice"),
    "CS524": Code("backends-differ", "advice"),
    "CS525": Code("gridding", "advice"),
    # CS6xx: Python source that is read as it is
    "CS600": Code("python-syntax"),
    "CS601": Code("python-not-read"),
    "CS602": Code("which-model"),
    "CS603": Code("source-outside-project"),
    "CS604": Code("value-not-known"),
    "CS605": Code("source-raises"),
    "CS606": Code("reading-takes-too-much"),
    "CS607": Code("input-not-stated"),
    "CS608": Code("assumed", "advice"),
}

NOTHING_READ = frozenset({"CS001", "CS016", "CS601", "CS602", "CS603", "CS604", "CS606", "CS607"})
"""Codes that say that a command could not be carried out, and not that a network is wrong."""


def find_codes(written: str) -> list[str]:
    """The codes meant by a code (``CS301``, ``301``), a prefix of codes (``CS5``) or a name; none if unknown."""
    wanted = written.strip()
    wanted = f"CS{wanted}" if wanted.isdecimal() else wanted
    by_prefix = [code for code in CODES if re.fullmatch(r"CS\d*", wanted.upper()) and code.startswith(wanted.upper())]
    return by_prefix or [code for code, (name, _) in CODES.items() if name == wanted.lower()]
