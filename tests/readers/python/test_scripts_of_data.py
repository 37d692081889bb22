"""Scripts that fill arrays from folders before they make their model, as for competitions."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnshape
from cnnshape.readers.files import UnreadableError

FILLED = """
import os
import numpy as np
import tensorflow as tf
from tqdm import tqdm
from skimage.io import imread

seed = 42
np.random.seed = seed
HEIGHT, CHANNELS = 8, 3
WIDTH = 2 * 4
ids = next(os.walk("train/"))[1]
x_train = np.zeros((len(ids), HEIGHT, WIDTH, CHANNELS), dtype=np.uint8)
for n, name in tqdm(enumerate(ids), total=len(ids)):
    x_train[n] = imread("train/" + name)[:, :, :CHANNELS]

inputs = tf.keras.layers.Input((HEIGHT, WIDTH, CHANNELS))
model = tf.keras.Model(inputs=[inputs], outputs=[tf.keras.layers.Conv2D(4, 3)(inputs)])
results = model.fit(x_train, x_train)
"""


def test_a_number_that_an_array_was_made_with_is_not_altered_with_the_array(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(FILLED, encoding="utf-8")
    assert list(cnnshape.plan(f"{path}:model").outputs.values()) == [(None, 6, 6, 4)]


STEPS = """
import torch
from torch import nn
from mystery import loader

model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(144, 2))
for image, label in loader:
    loss = model(image).sum()
    loss.backward()
    for name, weight in model.named_parameters():
        weight.data -= 0.1 * weight.grad
"""


def test_a_step_that_is_taken_by_hand_alters_no_shape(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(STEPS, encoding="utf-8")
    assert list(cnnshape.plan(f"{path}:model", input=[3, 8, 8]).outputs.values()) == [(1, 2)]


SHOWN = """
import numpy as np
import keras

def show(model, count=60):
    for y in np.linspace(-1, 1, count):
        for x in np.linspace(-1, 1, count):
            print(model.predict(np.array([[x, y]])))
{altering}
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
loss, step = keras.losses.BinaryCrossentropy(), keras.optimizers.Adam()
print(loss(np.zeros(3), model.predict(np.zeros((1, 2)))))
show(model, 300)
"""


@pytest.mark.parametrize("altering", ["", "    model.trainable = False\n"])
def test_a_long_call_that_alters_nothing_by_its_text_leaves_the_model_known(altering: str, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(SHOWN.format(altering=altering), encoding="utf-8")
    if altering:
        with pytest.raises(UnreadableError, match="takes too many steps"):
            cnnshape.plan(f"{path}:model")
        return
    plan = cnnshape.plan(f"{path}:model")
    assert plan.totals is not None
    assert plan.totals.trainable_params == 9


MEASURED = """
import time
import torch
from torch import nn

width, runs = 8, 0
spans = []
with torch.no_grad():
    while True:
        runs += 1
        spans.append(time.time())
        torch.cuda.synchronize()
        print(width, runs)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, {channels}, 1)

    def forward(self, x):
        return torch.relu(self.conv(x))
"""


def planned(channels: str, tmp_path: Path) -> cnnshape.Plan:
    """The plan of the class below an endless loop."""
    path = tmp_path / "net.py"
    path.write_text(MEASURED.format(channels=channels), encoding="utf-8")
    return cnnshape.plan(f"{path}:Net", input=[3, 8, 8])


def test_a_class_is_read_below_an_endless_loop_that_merely_uses_what_it_needs(tmp_path: Path) -> None:
    """The loop leaves gradients switched on, too."""
    totals = planned("width", tmp_path).totals
    assert totals is not None
    assert (totals.params, totals.training.gradients) == (32, 32 * 4)


@pytest.mark.parametrize("channels", ["runs", "len(spans)"])
def test_what_an_endless_loop_changes_is_not_known_below_it(channels: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="line 8 takes too many steps, and cannot be run twice"):
        planned(channels, tmp_path)
