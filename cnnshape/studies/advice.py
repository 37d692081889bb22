"""What experience says about training, as data: each piece of advice with its source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cnnshape.value import NamedTuple

Regime = Literal["scratch", "fine-tune", "frozen"]
"""How to train: all weights from random ones, all from published ones, or a new head on published ones."""

GOODFELLOW = "Goodfellow, Bengio, Courville, Deep Learning, MIT Press 2016, section 1.2.2"
CAPACITY = "Goodfellow, Bengio, Courville, Deep Learning, MIT Press 2016, section 5.2"
CS231N = "CS231n, Transfer Learning, cs231n.github.io/transfer-learning"
EFFICIENTNET = "Tan, Le 2019, arXiv:1905.11946, table 6"
RESNET = "He et al. 2015, arXiv:1512.03385"
FIELDS = "Araujo, Norris, Sim, Distill 2019, doi:10.23915/distill.00021"
TRANSFER = "Kornblith, Shlens, Le 2018, arXiv:1805.08974"
GROUPS = "Wu, He 2018, arXiv:1803.08494"
KERAS_GUIDE = "Keras guide, Transfer learning and fine-tuning, keras.io/guides/transfer_learning"


class Advice(NamedTuple):
    """One recommendation; `topic` is what it is about."""

    topic: str
    text: str
    source: str


IMAGES_PER_CLASS = 5_000
"""From here on supervised learning from scratch does acceptably (`GOODFELLOW`)."""

FINE_TUNED = 2_000
"""The smallest data set that EfficientNet's paper fine-tunes all weights on has 2,040 images."""

DEPTHS = ((200_000, 110), (None, 152))
"""Up to so many images, so many layers with weights train from scratch: 110 on CIFAR-10's 50,000 images (1,202
overfit), 152 on ImageNet's 1.28 million (`RESNET`, sections 4.1 and 4.2)."""


def regime(images: int | None, classes: int) -> tuple[Regime, Advice]:
    """How to train with so many images, and why."""
    if images is None:
        return "fine-tune", Advice(
            "training",
            f"start from published weights, unless there are about {IMAGES_PER_CLASS:,} images a class; "
            "--images says how many there are",
            GOODFELLOW,
        )
    each = images // classes
    if each >= IMAGES_PER_CLASS:
        text = f"from scratch: {each:,} images a class, where about {IMAGES_PER_CLASS:,} give acceptable results"
        return "scratch", Advice("training", text, GOODFELLOW)
    if images >= FINE_TUNED:
        text = (
            f"fine-tune published weights: {each:,} images a class are too few to start from scratch, "
            f"but {images:,} images are no fewer than others fine-tune on (2,040 and more)"
        )
        return "fine-tune", Advice("training", text, EFFICIENTNET)
    text = f"keep a published backbone frozen and train a new head: {images:,} images would overfit all weights"
    return "frozen", Advice("training", text, CS231N)


def deepest(images: int) -> int:
    """The layers with weights up to which training from scratch is known to work with so many images."""
    return next(depth for most, depth in DEPTHS if most is None or images <= most)


def normalization(kinds: frozenset[str], how: Regime, batch: int | None) -> Iterator[Advice]:
    """What to know about normalization, given the kinds that the network has (``batch``, ``layer``, ...)."""
    few = f"with {batch} images a batch, " if batch is not None and batch < 16 else ""
    inference = "batch normalization in inference mode (training=False)"
    source = "the network's paper"
    if "batch" in kinds and how == "frozen":
        text, source = f"run the frozen backbone's {inference}", KERAS_GUIDE
    elif "batch" in kinds and how == "fine-tune" and few:
        spoilt = "the published weights rely on its statistics, which so few images would spoil"
        text, source = f"{few}keep {inference}: {spoilt}", KERAS_GUIDE
    elif "batch" in kinds and few:
        instead = "group normalization (32 groups), which does not depend on the batch"
        text, source = f"{few}replace batch normalization by {instead}", GROUPS
    elif "batch" in kinds:
        text, source = "batch normalization, as it is; keep 16 or more images a batch", GROUPS
    elif kinds:
        text = f"{' and '.join(sorted(kinds))} normalization, as it is: any batch size will do"
    elif how != "scratch":
        text = "the network has none, and its published weights need it to stay so"
    else:
        text = "the network has none: batch normalization behind each convolution lets it train faster and deeper"
        source = "Ioffe, Szegedy 2015, arXiv:1502.03167"
    yield Advice("normalization", text, source)


def regularization(how: Regime, images: int | None) -> Iterator[Advice]:
    """Against overfitting."""
    topic = "regularization"
    dropout = "Srivastava et al. 2014, JMLR 15:1929"
    if how == "scratch":
        yield Advice(topic, "weight decay of 0.0001", f"{RESNET}, section 3.4")
        yield Advice(topic, "label smoothing of 0.1", "Szegedy et al. 2015, arXiv:1512.00567, section 7")
        return
    few = images is not None and images < FINE_TUNED
    yield Advice(topic, f"dropout of {0.5 if few else 0.2} before the new head", dropout)
    if how == "fine-tune":
        yield Advice(topic, "train the head first, then all weights with a learning rate of 0.00001", KERAS_GUIDE)
    else:
        yield Advice(
            topic, "stop when the validation loss no longer falls", "Prechelt 1998, doi:10.1007/3-540-49430-8_3"
        )


def augmentation(how: Regime, side: int, channels: int | None) -> Iterator[Advice]:
    """More images from those that there are."""
    topic = "augmentation"
    if channels == 1:
        yield Advice(
            topic,
            "small shifts, rotations and elastic distortions; no mirroring where it changes what the image means, "
            "as with digits",
            "Simard, Steinkraus, Platt 2003, doi:10.1109/ICDAR.2003.1227801",
        )
        return
    crop = f"random crops of {side}x{side} from images padded by 4" if side <= 64 else f"random crops of {side}x{side}"
    yield Advice(topic, f"{crop}, and horizontal mirroring", f"{RESNET}, sections 3.4 and 4.2")
    if how == "scratch":
        yield Advice(topic, "RandAugment and mixup where it still overfits", "arXiv:1909.13719, arXiv:1710.09412")
