"""A network to its `Plan`: find what is live, count, check the promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from cnnshape.arithmetic.sizes import Dim
from cnnshape.diagnostics import Diagnostic
from cnnshape.network.fields import field_of_all
from cnnshape.network.figures import Totals, Training
from cnnshape.network.flow import Nodes
from cnnshape.network.network import Network
from cnnshape.network.plan import Plan, Rows
from cnnshape.network.rows import rows_of
from cnnshape.network.totals import count, set_tallies
from cnnshape.network.training import training_memory
from cnnshape.value import Memo, replace

if TYPE_CHECKING:
    from cnnshape.network.outline import Outline


def plan_network(
    network: Network,
    *,
    optimizer: str = "adam",
    amp: str | None = None,
    own: Callable[[], Plan] | None = None,
) -> Plan:
    """The plan of a network; what is wrong with it is in its `diagnostics`, its rows go as far as they can.

    `own` gives the plan of its file as it is, where the network is that of another input, batch or variable: promises
    are made for that one.
    """
    outputs = network.outputs
    diagnostics = list(network.diagnostics)
    broken = any(finding.severity == "error" for finding in diagnostics)
    totals: Totals | None = None
    outline = None if broken else outline_of(network)
    if outline is not None:
        rows, totals = counted_alike(network, outline, optimizer, amp)
    else:
        reached, training = run_in(network)
        if not broken:
            diagnostics += [*unused_inputs(network, training), *dead_layers(network, training)]
            totals = count(network, reached, training, optimizer, amp)
        rows = rows_of(network, reached, training)
        if network.in_common is not None and not diagnostics:
            network.in_common.setdefault(Network, network._replace(in_common=None, sources={}, promises=None))
    named = list(zip(distinct([tensor.name for tensor in outputs]), outputs, strict=True))
    fields = {name: tensor.sight.field for name, tensor in named}
    result = Plan(
        network.name,
        network.framework,
        network.dtype,
        network.batch,
        network.filename,
        {name: shape for name, shape in network.input_shapes() if shape is not None},
        {name: tensor.shape for name, tensor in named},
        rows,
        totals,
        tuple(sorted(diagnostics, key=lambda finding: finding.sort_key)),
        field_of_all(fields.values()),
        (),
        network.sources,
        network.layout,
        fields,
        network.backend,
        tuple([tensor.row for tensor in outputs]),
        Memo() if network.in_common is None else network.in_common,
    )
    if network.backend:
        from cnnshape.network.backends import refused  # few files state one

        result = with_findings(result, refused(result, network.backend))
    if network.promises is None:
        return result
    from cnnshape.network.expectations import check_expectations  # only files with promises need it

    return check_expectations(result, network.promises, own)


def outline_of(network: Network) -> Outline | None:
    """How a network is wired that differs in sizes alone from one that was planned; None of others.

    Of that one nothing was to be said.
    """
    common = network.in_common
    if common is None or Network not in common or not isinstance(network.nodes, Nodes):
        return None
    from cnnshape.network.outline import Outline  # only where files are alike

    outline: Outline | None = common.get(Outline)
    if outline is None:
        outline = common[Outline] = Outline(common[Network])
    return outline if outline.is_light else None


def counted_alike(network: Network, outline: Outline, optimizer: str, amp: str | None) -> tuple[Rows, Totals]:
    """The rows and the totals of a network that is wired so; it needs no nodes for them."""
    nodes, training = network.nodes, outline.training
    assert isinstance(nodes, Nodes)
    alike, filename, places = nodes.alike, network.filename, nodes.places
    tallies = [told.tally for told in alike.flow.told]

    def step(weights: Dim, buffers: Dim) -> Training:
        set_tallies(nodes, network.dtype)
        return training_memory(network, training, optimizer, weights, buffers, amp)

    totals = outline.totals(tallies, [each.tensor for each in network.inputs], step)
    return alike.rows(outline.rows, filename, places), totals


def run_in(network: Network) -> tuple[Sequence[int], Sequence[int]]:
    """The numbers of the nodes that an output depends on, and of those that an output or a head of training does."""
    returned = [*network.outputs, *network.written]
    reached = network.reached_from(returned)
    if not network.training_outputs:
        return reached, reached
    return reached, network.reached_from([*returned, *network.training_outputs])


def distinct(names: Sequence[str]) -> list[str]:
    """Names of outputs, each once: a layer that runs twice, or a tensor that is answered twice, has its name again."""
    counts: dict[str, int] = {}
    result = []
    for name in names:
        count = counts[name] = counts.get(name, 0) + 1
        result.append(name if count == 1 else f"{name} ({count})")
    return result


def with_findings(plan: Plan, findings: Sequence[Diagnostic]) -> Plan:
    """The plan with further findings; errors leave it without totals."""
    if not findings:
        return plan
    return replace(
        plan, totals=None, diagnostics=tuple(sorted([*plan.diagnostics, *findings], key=lambda f: f.sort_key))
    )


def unused_inputs(network: Network, live: Sequence[int]) -> list[Diagnostic]:
    """A warning for every input of the model that no output depends on."""
    unread = {each.tensor for each in network.inputs}.difference(network.outputs, network.written)
    for number in live:
        if not unread:
            return []
        unread.difference_update(network.nodes[number].inputs)
    merge = "Concatenate()" if network.framework == "keras" else "cat(dim=1)"
    return [
        Diagnostic(
            "CS211",
            f"no output depends on the input {tensor.name}",
            origin.filename if origin else network.filename,
            origin.span if origin else None,
            fix=f"name it where it should be read, as in `{merge}(x, {tensor.name})`, or remove it",
        )
        for tensor, origin in network.inputs
        if tensor in unread
    ]


def dead_layers(network: Network, live: Sequence[int]) -> list[Diagnostic]:
    """A warning for every node that reaches no output (one per place in the text)."""
    if len(live) == len(network.nodes):
        return []
    found: dict[Any, Diagnostic] = {}
    users = {owner: node for number in live if (owner := (node := network.nodes[number]).owner) is not None}
    for number in sorted(set(range(len(network.nodes))).difference(live)):
        node = network.nodes[number]
        origin = node.origin
        user = users.get(node)
        left_out = "it is left out of the totals"
        if user is not None:
            left_out = f"its weights count all the same, since {user.name} uses them"
        found.setdefault(
            (origin.filename, origin.span) if origin else node.name,
            Diagnostic(
                "CS204",
                f"{node.name} reaches no output; {left_out}",
                origin.filename if origin else network.filename,
                origin.span if origin else None,
                node.name,
                "use its result, list it under `outputs:` or `training_outputs:`, or remove it",
                origin.used_at if origin else (),
            ),
        )
    return list(found.values())
