"""Words that a framework alone has no layer for, as the classes that exported code has of its own.

Source that has a class word for word is read as the word.
"""

from __future__ import annotations

import ast

KERAS = {
    "CustomScaleLayer": """class CustomScaleLayer(layers.Layer):
    def __init__(self, scale: float, **more) -> None:
        super().__init__(**more)
        self.scale = scale

    def call(self, inputs: list[keras.KerasTensor]) -> keras.KerasTensor:
        return inputs[0] + inputs[1] * self.scale

    def get_config(self) -> dict:
        return {**super().get_config(), "scale": self.scale}""",
    "LayerScale": """class LayerScale(layers.Layer):
    def __init__(self, init_values: float, projection_dim: int, **more) -> None:
        super().__init__(**more)
        self.init_values = init_values
        self.projection_dim = projection_dim

    def build(self, shape: tuple[int | None, ...]) -> None:
        first = keras.initializers.Constant(self.init_values)
        self.gamma = self.add_weight((self.projection_dim,), first, name="gamma")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return inputs * self.gamma

    def get_config(self) -> dict:
        given = {"init_values": self.init_values, "projection_dim": self.projection_dim}
        return {**super().get_config(), **given}""",
    "Parameter": """class Parameter(layers.Layer):
    def __init__(
        self, sizes: tuple[int, ...], initializer: str, each_sample: bool = False, **more
    ) -> None:
        super().__init__(**more)
        self.sizes = tuple(sizes)
        self.initializer = initializer
        self.each_sample = each_sample

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.weight = self.add_weight(self.sizes, self.initializer, name="weight")

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        if self.each_sample:
            samples = ops.shape(inputs)[0]
            return ops.broadcast_to(self.weight, (samples, *self.sizes[1:]))
        return ops.convert_to_tensor(self.weight)

    def get_config(self) -> dict:
        given = {"sizes": self.sizes, "initializer": self.initializer}
        return {**super().get_config(), **given, "each_sample": self.each_sample}""",
}

PYTORCH = {
    "DropPath": """class DropPath(nn.Module):
    def __init__(self, drop_prob: float = 0.0, scale_by_keep: bool = True) -> None:
        super().__init__()
        self.drop_prob = drop_prob
        self.scale_by_keep = scale_by_keep

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if not self.training or self.drop_prob == 0:
            return inputs
        noise = inputs.new_empty(inputs.shape[0], *[1] * (inputs.ndim - 1))
        noise = noise.bernoulli_(1 - self.drop_prob)
        if self.scale_by_keep:
            noise = noise / max(1 - self.drop_prob, 1e-12)
        return inputs * noise""",
    "FrozenBatchNorm2d": """class FrozenBatchNorm2d(nn.Module):
    def __init__(self, num_features: int, eps: float = 1e-05) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        bias = self.bias - self.running_mean * scale
        return inputs * scale.view(1, -1, 1, 1) + bias.view(1, -1, 1, 1)""",
    "LayerNorm2d": """class LayerNorm2d(nn.LayerNorm):
    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        x = super().forward(inputs.permute(0, 2, 3, 1))
        return x.permute(0, 3, 1, 2)""",
    "LayerScale": """class LayerScale(nn.Module):
    def __init__(self, dim: int, init: float = 1e-06) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((dim,), init))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs * self.weight.view(-1, *[1] * (inputs.ndim - 2))""",
    "StochasticDepth": """class StochasticDepth(nn.Module):
    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return inputs
        samples = inputs.shape[0] if self.mode == "row" else 1
        noise = inputs.new_empty(samples, *[1] * (inputs.ndim - 1))
        return inputs * noise.bernoulli_(1 - self.p) / max(1 - self.p, 1e-12)""",
}
"""timm has the first, torchvision the next two and the last."""


def used(classes: dict[str, str], heads: set[str]) -> list[str]:
    """The text of those classes that are among the heads of layers."""
    return [text for name, text in classes.items() if name in heads]


def word_of(node: ast.ClassDef) -> str | None:
    """The module of the framework's own layers, among which a class counts that is one of these word for word."""
    for module, classes in (("keras.layers", KERAS), ("torch.nn", PYTORCH)):
        if (
            node.name in classes
            and node.name != "Parameter"
            and ast.dump(node) == ast.dump(ast.parse(classes[node.name]).body[0])
        ):
            return module
    return None
