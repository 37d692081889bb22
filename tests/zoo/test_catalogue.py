"""The figures beside the built-in networks are those of their plans, and agree with what is published."""

from __future__ import annotations

from itertools import groupby

import pytest

from cnnshape.cli.settings import DEVICES
from cnnshape.diagnostics import Fault
from cnnshape.readers.files import ZooMember, zoo_index
from cnnshape.reports.grid import Style
from cnnshape.reports.zoo import families, table
from cnnshape.studies.zoo import DEVICE_LIMITS, catalogue, entry_of, text_of
from tests.zoo.record_catalogue import measured

FILES = {
    f"{framework}/{file}": list(members)
    for (framework, file), members in groupby(zoo_index(), key=lambda member: (member.framework, member.file))
}


@pytest.mark.parametrize("file", FILES)
def test_figures_are_those_of_the_plans(file: str) -> None:
    """``python tests/zoo/record_catalogue.py`` writes them anew."""
    members: list[ZooMember] = FILES[file]
    entries = [entry for entry in catalogue() if f"{entry.framework}/{entry.file}" == file]
    assert entries == [measured(member) for member in members]


def test_every_network_is_in_the_catalogue_in_order() -> None:
    assert [(entry.framework, entry.name) for entry in catalogue()] == [
        (member.framework, member.name) for member in zoo_index()
    ]


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("pytorch/resnet18", 18),
        ("pytorch/resnet152", 152),
        ("keras/ResNet50", 50),
        ("keras/VGG16", 16),
        ("keras/VGG19", 19),
        ("keras/DenseNet121", 121),
        ("keras/DenseNet201", 201),
        ("pytorch/googlenet", 22),
        ("keras/LeNet5", 5),
        ("pytorch/alexnet", 8),
    ],
)
def test_depths_are_those_that_the_names_and_papers_state(name: str, depth: int) -> None:
    assert entry_of(name).depth == depth


def test_every_network_is_in_the_smallest_class_of_device_that_carries_it() -> None:
    for entry in catalogue():
        fitting = [
            device
            for device in DEVICES
            if device not in DEVICE_LIMITS
            or (entry.params <= DEVICE_LIMITS[device][0] and entry.macs <= DEVICE_LIMITS[device][1])
        ]
        assert entry.device == fitting[0], entry.target


def test_a_file_is_shown_as_it_is() -> None:
    assert text_of("resnet50") == text_of("zoo:keras/ResNet50")
    assert "\nname: resnet\nframework: keras\n" in text_of("resnet50")
    with pytest.raises(Fault) as refused:
        text_of("keras/resnet5")
    assert refused.value.fix == "did you mean zoo:keras/ResNet50 or zoo:keras/ResNet152 or zoo:keras/ResNet50V2?"


def test_table() -> None:
    assert table([entry_of("keras/LeNet5"), entry_of("keras/VGG16")], Style(unicode=False)) == (
        "name              params    MACs    field  peak memory      input  minimum  depth  device\n"
        "----------------  ------  ------  -------  -----------  ---------  -------  -----  ---------------\n"
        "zoo:keras/LeNet5  61.7 k   417 k    16x16     23.0 KiB    32x32x1       32      5  microcontroller\n"
        "zoo:keras/VGG16    138 M  15.5 G  212x212     24.5 MiB  224x224x3       32     16  desktop"
    )


def test_a_family_states_its_paper_and_when_to_use_it() -> None:
    entry = entry_of("keras/LeNet5")
    lines = families([entry], Style(unicode=False, width=60)).splitlines()
    assert lines[0] == "The first widely used convolutional network, for handwritten digits (1998)"
    assert " ".join(lines[1:]).startswith(entry.when_to_use)
    assert all(len(line) <= 60 for line in lines[1:5])
    assert "Paper: Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner." in " ".join(map(str.strip, lines))
