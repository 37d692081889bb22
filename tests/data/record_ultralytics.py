"""Records what Ultralytics says of the model files that it ships: `ultralytics.json.gz` beside this file.

``python tests/data/record_ultralytics.py`` (needs ultralytics 8.4). Per file its text, and per scale the parameters
of every entry of `backbone` and `head`.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import torchvision
import ultralytics
from ultralytics.nn.tasks import parse_model, yaml_model_load

get_model = torchvision.models.get_model
torchvision.models.get_model = lambda name, weights=None: get_model(name)  # pretrained weights are not fetched

MODELS = Path(ultralytics.__file__).parent / "cfg" / "models"


def record(path: Path) -> dict[str, Any]:
    """A file, and the parameters of its entries by scale ("": it has none)."""
    scales = yaml_model_load(path).get("scales") or {"": None}
    found = {}
    for scale in scales:
        model = yaml_model_load(path)
        if scale:
            model["scale"] = scale
        layers, _ = parse_model(model, ch=3, verbose=False)
        found[scale] = [layer.np for layer in layers]
    return {"file": path.name, "text": path.read_text(encoding="utf-8"), "params": found}


if __name__ == "__main__":
    models = [record(path) for path in sorted(MODELS.rglob("*.yaml"))]
    with gzip.GzipFile(Path(__file__).with_name("ultralytics.json.gz"), "wb", mtime=0) as file:
        file.write(json.dumps(models, separators=(",", ":")).encode())
