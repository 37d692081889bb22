"""Layers on a command line: a help that only a file can follow is none."""

from __future__ import annotations

import pytest

from cnnshape.studies.stack import plan_stack


@pytest.mark.parametrize(
    ("framework", "layer", "fix"),
    [
        ("pytorch", "UpSampling2D(2)", "write `Upsample(scale_factor=2)`, or give `--framework keras`"),
        ("keras", "Sigmoid", 'write `Activation("sigmoid")`, or give `--framework pytorch`'),
        ("keras", "Dense(units)", None),
        ("keras", "Conv2D(16, 3", "write `Conv2D(16, 3)`"),
        ("keras", "resnet50", None),
    ],
)
def test_a_help_fits_the_command_line(framework: str, layer: str, fix: str | None) -> None:
    (finding,) = plan_stack((32, 32, 3), [layer], framework=framework).errors
    assert finding.fix == fix
