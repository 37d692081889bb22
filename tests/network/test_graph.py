"""Names, branches, sharing and outputs: the graph that a file draws."""

from __future__ import annotations

import pytest

import cnnshape
from cnnshape.api import examine
from cnnshape.network.plan import Plan


def plan(text: str) -> Plan:
    return cnnshape.plan(text=text)


def rows(result: Plan) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.name, row.inputs) for row in result.layers]


def test_an_entry_reads_the_one_before_it_unless_it_names_its_inputs() -> None:
    result = plan(
        "input: [8, 8, 4]\nlayers:\n  - a = Conv2D(4, 1)\n  - Conv2D(4, 1)\n  - ReLU\n  - Add()(a, re_lu)\n  - ReLU(6.0)\n"
    )
    assert rows(result) == [
        ("a", ("input",)),
        ("conv2d", ("a",)),
        ("re_lu", ("conv2d",)),
        ("add", ("a", "re_lu")),
        ("re_lu_1", ("add",)),
    ]


def test_inputs_may_be_a_list_as_in_keras() -> None:
    result = plan("input: [8, 8, 4]\nlayers:\n  - a = Conv2D(4, 1)\n  - b = Conv2D(4, 1)(a)\n  - Add()([a, b])\n")
    assert result.layers[-1].inputs == ("a", "b")


def test_an_alias_is_no_row() -> None:
    result = plan(
        "input: [8, 8, 4]\nlayers:\n  - Conv2D(4, 1)\n  - x = conv2d\n  - Conv2D(2, 1)\n  - Conv2D(2, 1)(x)\n  - Add()(conv2d_1, conv2d_2)\n"
    )
    assert rows(result)[2] == ("conv2d_2", ("conv2d",))


def test_automatic_names_keep_clear_of_names_bound_by_hand() -> None:
    result = plan("input: [4]\nlayers:\n  - Dense(4)\n  - dense = Dense(4)\n")
    assert [row.name for row in result.layers] == ["dense_1", "dense"]


def test_the_mapping_spelling_means_the_same() -> None:
    calls = plan(
        "input: [8, 8, 3]\nlayers:\n  - stem = Conv2D(16, 3, padding='same')\n  - Concatenate(axis=-1)(stem, stem)\n"
    )
    mapping = plan(
        "input: [8, 8, 3]\nlayers:\n  - Conv2D: {filters: 16, kernel_size: 3, padding: same}\n    name: stem\n"
        "  - Concatenate: {axis: -1}\n    inputs: [stem, stem]\n"
    )
    drop = {"line", "column", "arguments"}
    assert [{k: v for k, v in row.to_dict().items() if k not in drop} for row in calls.layers] == [
        {k: v for k, v in row.to_dict().items() if k not in drop} for row in mapping.layers
    ]
    assert calls.totals == mapping.totals


def test_several_inputs_are_read_by_name() -> None:
    result = plan(
        "inputs: {left: [8, 8, 3], meta: [12]}\nlayers:\n  - a = Flatten()(left)\n  - Concatenate()(a, meta)\n  - Dense(1)\n"
    )
    assert result.to_dict()["inputs"] == {"left": [1, 8, 8, 3], "meta": [1, 12]}
    assert result.layers[-1].params == 8 * 8 * 3 + 12 + 1


def test_shared_weights_count_once_and_compute_twice() -> None:
    result = plan(
        "inputs: {left: [8, 8, 3], right: [8, 8, 3]}\nlayers:\n  - a = Conv2D(4, 3)(left)\n  - b = Shared(a)(right)\n  - Add()(a, b)\n"
    )
    first, second = result.layers[:2]
    assert (first.params, second.params) == (112, 0)
    assert first.macs == second.macs == 6 * 6 * 4 * 27
    assert second.shared_with == "a"
    assert second.type == "Conv2D"
    assert result.totals is not None
    assert result.totals.params == 112


def test_a_shared_block_shares_each_of_its_rows() -> None:
    result = plan(
        "inputs: {left: [8, 8, 3], right: [8, 8, 3]}\nblocks:\n  tower(n):\n    - Conv2D(n, 3)\n    - BatchNormalization\n"
        "layers:\n  - a = tower(4)(left)\n  - b = Shared(a)(right)\n  - Add()(a, b)\n"
    )
    assert [(row.name, row.shared_with) for row in result.layers] == [
        ("a/conv2d", None),
        ("a/batch_normalization", None),
        ("b/conv2d", "a/conv2d"),
        ("b/batch_normalization", "a/batch_normalization"),
        ("add", None),
    ]


def test_several_outputs_have_names() -> None:
    result = plan(
        "framework: pytorch\ninput: [4, 8, 8]\nlayers:\n  - left, right = chunk(2, dim=1)\n  - cat(dim=1)(right, left)\n"
    )
    assert result.layers[0].output_names == ("left", "right")
    assert result.layers[0].to_dict()["output_shapes"] == [[1, 2, 8, 8], [1, 2, 8, 8]]
    assert result.layers[1].inputs == ("right", "left")
    assert result.layers[0].operator
    assert result.layers[0].name == "chunk"


def test_an_unknown_size_may_have_fewer_chunks_than_asked_for() -> None:
    text = (
        "framework: pytorch\ninput: [{size}, 8, 8]\nlayers:\n  - a, b, c = chunk(4, dim=1)\n  - cat(dim=1)(a, b, c)\n"
    )
    unknown, known = plan(text.format(size="null")), plan(text.format(size=6))
    assert unknown.layers[0].output_names == known.layers[0].output_names == ("a", "b", "c")
    assert unknown.layers[0].output_shapes == ((1, None, 8, 8),) * 3


def test_outputs_are_the_last_entry_or_what_the_file_names() -> None:
    body = "input: [4]\nlayers:\n  - a = Dense(3)\n  - b = Dense(2)(a)\n"
    assert plan(body).to_dict()["outputs"] == {"b": [1, 2]}
    assert plan(body + "outputs: [a, b]\n").to_dict()["outputs"] == {"a": [1, 3], "b": [1, 2]}


def test_training_outputs_count_their_parameters_but_no_macs() -> None:
    text = "input: [4]\nlayers:\n  - a = Dense(3)\n  - aux = Dense(7)(a)\n  - Dense(2)(a)\n"
    result = plan(text + "training_outputs: [aux]\n")
    assert result.totals is not None
    assert result.totals.params == 15 + 28 + 8
    assert result.totals.macs == 12 + 6
    assert result.layers[1].training_only
    assert result.diagnostics == ()


def test_a_row_that_reaches_no_output_is_shown_warned_about_and_left_out() -> None:
    result = plan("input: [4]\nlayers:\n  - a = Dense(3)\n  - dead = Dense(7)(a)\n  - Dense(2)(a)\n")
    assert result.totals is not None
    assert (result.totals.layers, result.totals.params) == (2, 15 + 8)
    assert not result.layers[1].live
    assert [(finding.code, finding.severity, finding.layer) for finding in result.diagnostics] == [
        ("CS204", "warning", "dead")
    ]


def test_frozen_layers_do_not_train() -> None:
    result = plan(
        "input: [4]\nlayers:\n  - Dense(3, trainable=False)\n  - Dense: 2\n    trainable: false\n  - Dense(1)\n"
    )
    assert [(row.trainable_params, row.non_trainable_params) for row in result.layers] == [(0, 15), (0, 8), (3, 0)]


def test_a_leading_input_layer_states_the_input() -> None:
    result = plan("layers:\n  - InputLayer((8, 8, 3))\n  - Conv2D(4, 3)\n")
    assert result.to_dict()["inputs"] == {"input": [1, 8, 8, 3]}
    assert result.layers[0].output_shape == (1, 6, 6, 4)


@pytest.mark.parametrize(
    "entry", ["nn.Conv2d(3, 4, 3)", "torch.nn.Conv2d(3, 4, 3)", "Conv2d(out_channels=4, kernel_size=3)"]
)
def test_pasted_prefixes_are_dropped(entry: str) -> None:
    result = plan(f"framework: pytorch\ninput: [3, 8, 8]\nlayers:\n  - {entry}\n")
    assert result.layers[0].output_shape == (1, 4, 6, 6)


@pytest.mark.parametrize(
    ("text", "code", "place", "message", "fix"),
    [
        (
            "input: [4]\nlayers:\n  - a = Dense(3)\n  - a = Dense(3)\n",
            "CS202",
            (4, 5),
            "the name 'a' is bound already",
            "choose another name; an entry that reads a may bind it anew: `a = f()(a)`",
        ),
        (
            "input: [4]\nlayers:\n  - Dense(3)(b)\n  - b = Dense(3)\n",
            "CS201",
            (3, 14),
            "there is no layer named 'b' above this line",
            "a name can be read only below the line that binds it",
        ),
        (
            "input: [4]\nlayers:\n  - stem = Dense(3)\n  - Dense(3)(stm)\n",
            "CS201",
            (4, 14),
            "there is no layer named 'stm' above this line",
            "did you mean stem?",
        ),
        (
            "input: [4]\nlayers:\n  - a = Dense(3)\n  - b = Dense(3)\n  - Add(a, b)\n",
            "CS205",
            (5, 9),
            "'a' is a tensor, not a value",
            "tensors stand in a second pair of brackets: `Add()(a, b)`",
        ),
        (
            "input: [8, 8, 3]\nlayers:\n  - Conv2d(3, 3)\n",
            "CS102",
            (3, 5),
            "Conv2d is PyTorch's name; this file's framework is Keras",
            "set `framework: pytorch`, or write Keras's Conv2D with its own arguments",
        ),
        (
            "input: [4]\nlayers:\n  - Dens(3)\n",
            "CS101",
            (3, 5),
            "cnnshape knows no Keras layer named 'Dens', and this file defines no block of that name",
            "did you mean Dense?",
        ),
        (
            "inputs: {a: [4], b: [4]}\nlayers:\n  - Dense(3)\n",
            "CS203",
            (3, 5),
            "Dense stands first in a file with several inputs and names none",
            "name what it reads: write `Dense(3)(a)`",
        ),
        (
            "input: [4]\nlayers:\n  - a = Dense(2)\n  - Subtract()(a)\n",
            "CS203",
            (4, 5),
            "Subtract takes exactly 2 inputs, got 1",
            "name what it reads in a second pair of brackets; nothing above fits together there",
        ),
        (
            "input: [4]\nlayers:\n  - a = Dense(2)\n  - Add\n",
            "CS203",
            (4, 5),
            "Add merges several inputs, but names none, so it would read a alone",
            "name what it reads in a second pair of brackets; nothing above fits together there",
        ),
        (
            "input: [4, 4, 2]\nlayers:\n  - Flatten\noutputs: [x]\n",
            "CS201",
            (4, 11),
            "there is no layer named 'x' above this line",
            "a name can be read only below the line that binds it",
        ),
        (
            "inputs: {l: [8, 8, 3], r: [8, 8, 4]}\nlayers:\n  - a = Conv2D(4, 3)(l)\n  - b = Shared(a)(r)\n  - Add()(a, b)\n",
            "CS208",
            (4, 5),
            "the weights of a are (3, 3, 3, 4), but would have to be (3, 3, 4, 4) here",
            "give both the same number of input channels, or do not share",
        ),
        (
            "framework: pytorch\ninput: [4, 8, 8]\nlayers:\n  - a, b, c = chunk(2, dim=1)\n",
            "CS209",
            (4, 5),
            "3 names for 2 outputs",
            "give 2 names, or one for all of them",
        ),
    ],
)
def test_a_wrong_graph_says_what_where_and_what_instead(
    text: str, code: str, place: tuple[int, int], message: str, fix: str
) -> None:
    finding = examine(text=text).errors[0]
    assert (finding.code, finding.message, finding.fix) == (code, message, fix)
    assert finding.span is not None
    assert finding.span.start == place


def test_all_errors_of_a_file_come_in_one_run_and_none_twice() -> None:
    text = """\
input: [8, 8, 3]
layers:
  - Conv2D(5, 3, stride=2)
  - broken = Conv2D(8, 99)
  - Conv2D(0, 3)(input)
  - Conv2D(4, 9)(input)
  - Add()(broken, broken)
  - Dense(10)(nothing)
"""
    found = examine(text=text)
    assert [(finding.code, finding.span and finding.span.start.row) for finding in found.errors] == [
        ("CS103", 3),
        ("CS105", 5),
        ("CS301", 6),
        ("CS201", 8),
    ]
    assert [row.output_shape for row in found.layers] == [None] * 6


@pytest.mark.parametrize(
    ("bound", "read"),
    [
        ("skip[1]", "skip[2 - 1]"),
        ("skip['a']", 'skip["a"]'),
        ("skip[0, 1]", "skip[0,1]"),
        ("skip[0]", "skip[[0]]"),
        ("skip[[3][0]]", "skip[9 / 3]"),
    ],
)
def test_an_index_is_the_same_however_it_is_written(bound: str, read: str) -> None:
    result = plan(
        f"input: [8, 8, 4]\nlayers:\n  - {bound} = ReLU\n  - ReLU\n  - Add()({read}, re_lu)\n  - x = {read}\n"
        f"  - Conv2D(channels({read}), shape({read})[0])(x)\n  - {{ReLU: {{}}, inputs: [x]}}\noutputs: [add]\n"
    )
    assert rows(result)[2] == ("add", (result.layers[0].name, "re_lu"))
    assert result.layers[3].arguments == {"filters": 4, "kernel_size": (8, 8)}


TOWERS = """
input: [4]
blocks:
  tower():
    - stem = Dense(3)
    - for: i
      in: range(2)
      layers:
        - node[i, 0] = Dense(3 + i)
    - layer1.0 = ReLU
layers:
  - for: i
    in: range(2)
    layers:
      - t[i] = tower()(input)
"""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("t[1]/stem", "t[1]/stem"),
        ("t[n]/stem", "t[1]/stem"),
        ("t[n] / node[n - 1, 0]", "t[1]/node[0, 0]"),
        ("t[0]/node[[0, 1][n], 0]", "t[0]/node[1, 0]"),
        ("t[2 / 2]/node[n, 0]", "t[1]/node[1, 0]"),
    ],
)
def test_a_path_may_have_indices_anywhere(written: str, read: str) -> None:
    head = f"variables: {{n: 1}}{TOWERS}"
    for entries in (
        f"  - Dense(2)({written})\n",
        f"  - x = {written}\n  - Dense(2)\n",
        f"  - Dense(2)([{written}])\n",
        f'  - {{Dense: 2, inputs: "{written}"}}\n',
        f"  - Dense(shape({written})[0] + 0 * channels({written}) - shape({written})[0] + 2)({written})\n",
    ):
        assert plan(head + entries).layers[-1].inputs == (read,), entries
    assert list(plan(f'{head}outputs: ["{written}"]\n').outputs) == [read]


def test_a_row_is_shared_by_its_path() -> None:
    result = plan(f"{TOWERS}  - b = Shared(t[0]/node[1, 0])(t[0]/node[0, 0])\n")
    assert (result.layers[-1].name, result.layers[-1].shared_with) == ("b", "t[0]/node[1, 0]")


def test_a_name_that_is_none_to_python_is_read_as_text() -> None:
    result = plan(f'{TOWERS}  - x = t[0]/layer1.0\n  - {{ReLU: {{}}, inputs: "t[1]/layer1.0"}}\n')
    assert result.layers[-1].inputs == ("t[1]/layer1.0",)


@pytest.mark.parametrize("index", ["0.5", "None", "True", "0, [1]", "'a' * 100", "range(100)"])
def test_an_index_is_a_whole_number_or_a_text(index: str) -> None:
    for entry in (f"skip[{index}] = ReLU", f"ReLU()(skip[{index}])", f"Reshape(shape(skip[{index}]))"):
        found = examine(text=f"input: [4]\nlayers:\n  - {entry}\n")
        assert [finding.code for finding in found.errors] == ["CS110"], entry


@pytest.mark.parametrize(
    "entry",
    [
        "skip[1 // 0] = ReLU",
        "skip[0], other = ReLU()(nothing)",
        "{for: i, in: nothing, layers: ['skip[i] = ReLU']}",
        "{repeat: nothing, layers: ['skip[0] = ReLU']}",
        "{if: nothing, layers: ['skip[0] = ReLU']}",
        "{for: [i, j], in: [1], layers: ['skip[0] = ReLU']}",
    ],
)
def test_what_should_have_bound_an_element_fails_once(entry: str) -> None:
    found = examine(text=f"input: [4]\nlayers:\n  - {entry}\n  - Dense(2)(skip[0])\n  - x = skip[0]\n")
    assert len(found.errors) == 1
    assert found.errors[0].span is not None
    assert found.errors[0].span.start.row == 3


def test_the_name_argument_binds_its_name() -> None:
    result = plan('input: [4]\nlayers:\n  - Dense(4, name="head")\n  - Dense(4)\n  - Add()(head, dense)\n')
    assert rows(result)[-1] == ("add", ("head", "dense"))


@pytest.mark.parametrize(
    ("framework", "entry", "mended"),
    [
        ("pytorch", "add(skip)", "add()(skip, previous)"),
        ("pytorch", "cat(skip, dim=1)", "cat(dim=1)(skip, previous)"),
        ("keras", "Add(skip)", "Add()(skip, previous)"),
    ],
)
def test_one_tensor_in_the_first_brackets_of_a_merge_is_joined_with_the_entry_before(
    framework: str, entry: str, mended: str
) -> None:
    layer = "Linear(8, 8)" if framework == "pytorch" else "Dense(8)"
    text = f"framework: {framework}\ninput: [8]\nlayers:\n  - skip = {layer}\n  - ReLU\n  - {entry}\n"
    (finding,) = examine(text=text).errors
    assert f"`{mended}`" in str(finding.fix)
    assert not examine(text=text.replace(entry, mended)).errors
