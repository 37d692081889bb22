"""Scripts that fill arrays from folders before they make their model, as for competitions."""

from __future__ import annotations

from pathlib import Path

import cnnshape

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
