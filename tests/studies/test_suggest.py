"""Suggestions: what fits is what plans within the limits, and every reason says what is so."""

from __future__ import annotations

import re

import pytest

from cnnshape import api
from cnnshape.reports.grid import Style
from cnnshape.reports.suggestions import text, use
from cnnshape.studies.advice import normalization, regime
from cnnshape.studies.scale import Budget
from cnnshape.studies.suggest import Candidate, Suggestion, Task, file_for, read_task_shape, suggest
from cnnshape.studies.zoo import DEVICE_LIMITS, Entry, catalogue, entry_of


def some(*names: str) -> list[Entry]:
    return [entry_of(f"keras/{name}") for name in names]


SMALL = ("LeNet5", "MobileNet", "MobileNetV2", "EfficientNetB0", "VGG16", "ResNet50", "Xception")


def answer(**settings: object) -> Suggestion:
    task = Task("keras", (96, 96, 3), 10, **settings)  # type: ignore[arg-type]
    return suggest(task, some(*SMALL))


def names(suggestion: Suggestion) -> list[str]:
    return [candidate.entry.name for candidate in suggestion.candidates]


def test_what_fits_is_what_plans_within_the_limits() -> None:
    budget = Budget(params=5_000_000, macs=100_000_000)
    found = answer(budget=budget)
    for candidate in found.candidates:
        totals = api.plan(text=candidate.text).totals
        assert totals is not None
        assert totals.params is not None
        assert totals.macs is not None
        assert (totals.params, totals.macs) == (candidate.cost["params"], candidate.cost["macs"])
        assert totals.params <= 5_000_000
        assert totals.macs <= 100_000_000
    assert sorted(names(found)) == ["EfficientNetB0", "LeNet5", "MobileNetV2"]
    assert {each.entry.name: each.why for each in found.excluded} == {
        "MobileNet": "104,284,672 MACs, more than the 100,000,000 of --max-macs",
        "VGG16": "14,714,688 params without its head, more than the 5,000,000 of --max-params",
        "ResNet50": "23,587,712 params without its head, more than the 5,000,000 of --max-params",
        "Xception": "20,861,480 params without its head, more than the 5,000,000 of --max-params",
    }


def test_nothing_that_would_fit_is_left_out_before_planning() -> None:
    """Excluding by the backbone alone may never exclude what plans within the limit."""
    limit, _ = DEVICE_LIMITS["mobile"]
    task = Task("keras", (96, 96, 3), 10, device="mobile")
    entries = [entry for entry in catalogue() if entry.framework == "keras"]
    unplanned = [each.entry for each in suggest(task, entries).excluded if "without its head" in each.why]
    assert unplanned
    for entry in unplanned:
        totals = api.plan(text=file_for(entry, task, "fine-tune")).totals
        assert totals is not None
        assert totals.params is not None
        assert totals.params > limit


def test_heads_for_training_are_left_out_where_the_input_is_too_small_for_them() -> None:
    task = Task("pytorch", (3, 128, 128), 1000, images=10_000_000)
    (candidate,) = suggest(task, [entry_of("pytorch/inception_v3")]).candidates
    assert "variables: {classes: 1000, aux_logits: false}" in candidate.text


def test_an_input_that_a_network_does_not_take_excludes_it() -> None:
    found = suggest(Task("keras", (16, 16, 3), 10), some("VGG16"))
    assert not found.candidates
    (excluded,) = found.excluded
    assert excluded.why.startswith("it does not take this input: MaxPooling2D's window of 2 is larger than its input")


@pytest.mark.parametrize(
    ("images", "classes", "how"),
    [
        (None, 10, "fine-tune"),
        (60_000, 10, "scratch"),
        (49_999, 10, "fine-tune"),
        (2_000, 10, "fine-tune"),
        (1_999, 10, "frozen"),
        (1_281_167, 1000, "fine-tune"),
        (10_000, 2, "scratch"),
    ],
)
def test_how_to_train_follows_from_the_images(images: int | None, classes: int, how: str) -> None:
    assert regime(images, classes)[0] == how


def test_from_scratch_the_depth_has_to_suit_the_images() -> None:
    found = suggest(Task("keras", (96, 96, 3), 10, images=60_000), some("ResNet50", "DenseNet121"))
    reasons = {candidate.entry.name: candidate.reasons[2] for candidate in found.candidates}
    assert reasons["ResNet50"].points == 2
    assert reasons["ResNet50"].text == (
        "50 layers with weights: up to 110 are known to train from scratch on so many images"
    )
    assert reasons["DenseNet121"].points == 0
    assert reasons["DenseNet121"].text == (
        "121 layers with weights, where 110 are the most known to train from scratch on so many images"
    )


def test_reasons_state_the_numbers_and_a_source() -> None:
    (candidate,) = suggest(Task("keras", (64, 64, 3), 10), some("Xception")).candidates
    assert [(reason.points, reason.text) for reason in candidate.reasons] == [
        (1, "the last feature map is only 2x2; the papers' networks end with 7x7 or 8x8: larger images would help"),
        (1, "each element of the last feature map sees up to 1083 pixels: all 64 of the input"),
        (2, "published weights to start from; better ones on ImageNet transfer better"),
        (0, "the smallest input documented has 71 pixels a side, this one 64"),
    ]
    assert all(reason.source for reason in candidate.reasons)
    assert candidate.points == 4


def test_the_best_has_the_most_points() -> None:
    found = answer(images=5_000)
    points = [candidate.points for candidate in found.candidates]
    assert points == sorted(points, reverse=True)
    assert names(found)[-1] == "LeNet5"


@pytest.mark.parametrize("framework", ["keras", "pytorch"])
@pytest.mark.parametrize("how", ["scratch", "fine-tune", "frozen"])
def test_every_member_s_file_plans_and_ends_with_the_classes(framework: str, how: str) -> None:
    shape = (128, 128, 3) if framework == "keras" else (3, 128, 128)
    task = Task(framework, shape, 7)
    firsts = {entry.file: entry for entry in catalogue() if entry.framework == framework}
    for entry in firsts.values():
        if entry.name == "lenet5":  # takes one channel of 32 x 32 and nothing else
            continue
        heads = entry.name != "inception_v3"  # its auxiliary head needs 299 pixels
        plan = api.plan(text=file_for(entry, task, how, auxiliary=heads))  # type: ignore[arg-type]
        assert [shape and shape[-1] for shape in plan.outputs.values()] == [7], entry.target
        frozen = how == "frozen" and "lenet" not in entry.name.lower()
        assert plan.totals is not None
        assert (plan.totals.trainable_params or 0) < (plan.totals.params or 0) * (0.5 if frozen else 2)


@pytest.mark.parametrize(
    ("kinds", "how", "batch", "words"),
    [
        ({"batch"}, "frozen", 4, "run the frozen backbone's batch normalization in inference mode (training=False)"),
        ({"batch"}, "scratch", 4, "with 4 images a batch, replace batch normalization by group normalization"),
        ({"batch"}, "scratch", 32, "batch normalization, as it is"),
        ({"batch"}, "fine-tune", 4, "with 4 images a batch, keep batch normalization in inference mode"),
        ({"layer"}, "scratch", 4, "layer normalization, as it is"),
        (set(), "fine-tune", 4, "the network has none, and its published weights need it to stay so"),
        (set(), "scratch", None, "the network has none: batch normalization behind each convolution"),
    ],
)
def test_advice_about_normalization(kinds: set[str], how: str, batch: int | None, words: str) -> None:
    (advice,) = normalization(frozenset(kinds), how, batch)  # type: ignore[arg-type]
    assert advice.text.startswith(words)
    assert advice.source


@pytest.mark.parametrize("images", [None, 50, 1_000, 3_000, 20_000])
@pytest.mark.parametrize("shape", [(32, 32, 3), (96, 96, 3), (224, 224, 3), (64, 64, 1)])
def test_with_few_images_or_an_unknown_number_the_largest_network_is_never_first(
    shape: tuple[int, ...], images: int | None
) -> None:
    found = suggest(Task("keras", shape, 10, images=images), some(*SMALL, "ConvNeXtXLarge", "EfficientNetV2L"))
    assert found.regime != "scratch"
    largest = max(found.candidates, key=lambda each: each.cost["params"] or 0)
    assert found.candidates[0] is not largest
    assert "smallest third" in found.candidates[0].reasons[-1].text


@pytest.mark.parametrize("images", [None, 500])
def test_for_5_million_parameters_the_smallest_of_the_newest_is_first(images: int | None) -> None:
    rivals = ("lenet", "mobilenet", "efficientnet", "nasnet")
    entries = [each for each in catalogue() if each.framework == "keras" and each.name.lower().startswith(rivals)]
    found = suggest(Task("keras", (96, 96, 3), 10, Budget(params=5_000_000), images), entries)
    assert names(found)[0] == "MobileNetV3Small"


@pytest.mark.parametrize("entry", catalogue(), ids=lambda entry: entry.target)
def test_no_network_is_said_to_be_frozen_where_it_is_to_be_fine_tuned(entry: Entry) -> None:
    candidate = Candidate(entry, None, 0, (), (), "")  # type: ignore[arg-type]
    assert not re.search("freez|frozen", use(candidate, "fine-tune"), re.IGNORECASE)


def test_nothing_speaks_against_the_way_of_training_that_is_advised() -> None:
    found = suggest(Task("keras", (96, 96, 3), 10, images=3_000), some("MobileNetV2", "VGG16"))
    assert found.regime == "fine-tune"
    assert "freeze" not in text(found, Style(unicode=False))
    found = suggest(Task("keras", (28, 28, 1), 10, images=1_000), some("LeNet5"))
    assert found.regime == "scratch"
    assert found.advice[0].text.startswith("from scratch: no weights")
    assert not any("head" in advice.text for advice in found.advice)


def test_images_of_one_channel_are_repeated_for_weights_that_take_three() -> None:
    (candidate,) = suggest(Task("keras", (64, 64, 1), 10, images=500), some("MobileNetV2")).candidates
    plan = api.plan(text=candidate.text)
    assert [row.output_shape for row in plan.layers[:1]] == [(1, 64, 64, 3)]


def test_text() -> None:
    found = suggest(Task("keras", (96, 96, 3), 10, Budget(params=5_000_000), 1_000), some("MobileNetV2", "VGG16"))
    assert text(found, Style(unicode=False)) == (
        "keep a published backbone frozen and train a new head: 1,000 images would overfit all weights\n"
        "  (CS231n, Transfer Learning, cs231n.github.io/transfer-learning)\n"
        "\n"
        "   network                points  params    MACs  peak memory  last map    field  depth  year\n"
        "-  ---------------------  ------  ------  ------  -----------  --------  -------  -----  ----\n"
        "1  zoo:keras/MobileNetV2       5  2.27 M  55.0 M     1.72 MiB       3x3  491x491     53  2018\n"
        "\n"
        "why zoo:keras/MobileNetV2\n"
        "  The usual choice for phones and small boards, and as a light backbone of detectors and segmenters.\n"
        "  alpha (0.35, 0.5, 0.75, 1, 1.3 or 1.4 have published weights) scales the widths, the resolution\n"
        "  scales the cost. With little data, freeze the backbone (include_top: false) under a new head.\n"
        "  +1 the last feature map is only 3x3; the papers' networks end with 7x7 or 8x8: larger images would help\n"
        "     (He et al. 2015, arXiv:1512.03385, table 1 and section 4.2)\n"
        "  +1 each element of the last feature map sees up to 491 pixels: all 96 of the input\n"
        "     (Araujo, Norris, Sim, Distill 2019, doi:10.23915/distill.00021)\n"
        "  +2 published weights to start from; better ones on ImageNet transfer better\n"
        "     (Kornblith, Shlens, Le 2018, arXiv:1805.08974)\n"
        "  +1 96 pixels a side are no less than the 32 documented\n"
        "     (zoo:keras/MobileNetV2)\n"
        "\n"
        "normalization\n"
        "  - run the frozen backbone's batch normalization in inference mode (training=False)\n"
        "    (Keras guide, Transfer learning and fine-tuning, keras.io/guides/transfer_learning)\n"
        "regularization\n"
        "  - dropout of 0.5 before the new head\n"
        "    (Srivastava et al. 2014, JMLR 15:1929)\n"
        "  - stop when the validation loss no longer falls\n"
        "    (Prechelt 1998, doi:10.1007/3-540-49430-8_3)\n"
        "augmentation\n"
        "  - random crops of 96x96, and horizontal mirroring\n"
        "    (He et al. 2015, arXiv:1512.03385, sections 3.4 and 4.2)\n"
        "\n"
        "1 network does not fit, among them\n"
        "  zoo:keras/VGG16: 14,714,688 params without its head, more than the 5,000,000 of --max-params"
    )


@pytest.mark.parametrize(
    ("shape", "framework"), [((96, 96), "keras"), ((None, 96, 3), "keras"), ((1, 3, 96, 96), "pytorch")]
)
def test_shapes_that_are_no_image(shape: tuple[int | None, ...], framework: str) -> None:
    with pytest.raises(ValueError, match=r"^must be three sizes \("):
        read_task_shape(shape, framework)


@pytest.mark.parametrize(
    ("shape", "framework", "turned"),
    [((3, 96, 64), "keras", "96x64x3"), ((96, 64, 3), "pytorch", "3x96x64"), ((28, 28, 1), "pytorch", "1x28x28")],
)
def test_shapes_in_the_other_framework_s_order(shape: tuple[int, ...], framework: str, turned: str) -> None:
    with pytest.raises(ValueError, match=rf"for {framework}: with [13] channels, {turned}$"):
        read_task_shape(shape, framework)
