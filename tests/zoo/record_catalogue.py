"""Write the figures of the built-in networks: ``python tests/zoo/record_catalogue.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cnnshape.api import plan
from cnnshape.readers.files import ZooMember, zoo_folder, zoo_index
from cnnshape.readers.yaml.architecture import Architecture, read_member
from cnnshape.studies.zoo import CATALOGUE, Entry, depth


def measured(member: ZooMember) -> Entry:
    """What the network's file says, and what planning it gives."""
    architecture = read_member(f"zoo:{member.framework}/{member.name}")
    planned = plan(architecture)
    backbone = plan(architecture, variables={"include_top": False})
    totals = planned.totals
    assert totals is not None
    (shape,) = planned.inputs.values()
    field = planned.receptive_field
    return Entry(
        member.framework,
        member.name,
        member.file,
        **about(architecture, member.name),
        input=shape[1:],
        params=totals.params or 0,
        macs=totals.macs or 0,
        memory=totals.peak_activation_bytes or 0,
        receptive_field=field.size if field else (),
        depth=depth(planned),
        backbone_params=(backbone.totals and backbone.totals.params) or 0,
    )


def about(architecture: Architecture, name: str) -> dict[str, Any]:
    """What a file says about one of its members."""
    stated = dict(architecture.program.about)
    own = stated.pop("presets", {}).get(name, {})
    return {**stated, **own, "when_to_use": " ".join(str(own.get("when_to_use", stated["when_to_use"])).split())}


def catalogue_text() -> str:
    """The data file as it should be: one network a line."""
    lines = [json.dumps(measured(member).to_dict(), ensure_ascii=False) for member in zoo_index()]
    return "[\n" + ",\n".join(lines) + "\n]\n"


if __name__ == "__main__":
    Path(zoo_folder(), CATALOGUE).write_text(catalogue_text(), encoding="utf-8")
