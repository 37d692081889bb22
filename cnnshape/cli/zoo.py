"""``cnnshape zoo``: the well-known networks that are built in."""

from __future__ import annotations

from cnnshape.cli.misuse import Misuse
from cnnshape.cli.option_parser import argument, declared, flag, option
from cnnshape.cli.output import style_for, write, write_json, write_text
from cnnshape.cli.settings import DEVICES, FRAMEWORKS, OUTPUT, shown_as


@declared
def command(
    action: str = argument("list|show", "All networks, or one network's file.", required=False, default="list"),
    name: str | None = argument(
        "NETWORK",
        "Of show: the network, such as keras/resnet50. Of list: a part of its name.",
        required=False,
    ),
    framework: str | None = option("--framework", "One framework's networks only.", choices=FRAMEWORKS),
    device: str | None = option("--device", "Networks for this class of device only.", choices=DEVICES),
    brief: bool = flag("--brief", "One table, without what each family is for."),
    format: str = shown_as("text", "json", help="How to list them."),
    output: str | None = OUTPUT,
) -> None:
    """The networks that are built in, with their cost and what each is for; or one network's file, ready to copy.

    params, MACs, the last feature map's receptive field and peak activation memory are of the default input.
    """
    from cnnshape.studies.zoo import catalogue, entry_of, text_of  # reads the catalogue, which --help does not need

    if action == "show":
        if name is None:
            raise Misuse("say which: cnnshape zoo show keras/resnet50")
        write(text_of(name), output)
        return
    word = name if action == "list" else action
    named = [entry for entry in catalogue() if word is None or word.lower() in entry.target.lower()]
    entries = [
        entry
        for entry in named or [entry_of(word or "")]
        if framework in (None, entry.framework) and device in (None, entry.device)
    ]
    if not entries:
        raise Misuse("no built-in network is all of this")
    if format == "json":
        write_json([entry.to_dict() for entry in entries], output)
        return
    from cnnshape.reports.zoo import families, table

    write_text((table if brief else families)(entries, style_for(output)), output)
