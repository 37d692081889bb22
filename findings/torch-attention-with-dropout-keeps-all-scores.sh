#!/usr/bin/env bash
# PyTorch 2.14.1 on a CPU: scaled_dot_product_attention keeps no scores for its backward pass, as flash attention promises: query,
# key, value, output and a number for each position. With dropout_p=0.1 it runs otherwise, and keeps three matrices of
# positions x positions for each head (the softmax, the mask, their product), and copies of query and key. nn.TransformerEncoderLayer
# has dropout=0.1 unless told. Of 2 heads of 512 positions and 16 features each, as (without, with dropout), in elements beside inputs and
# output: 1024, 1605632.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch.nn.functional import scaled_dot_product_attention


def kept(rate):
    inputs = [torch.rand(1, 2, 512, 16, requires_grad=True) for _ in range(3)]
    saved = {}

    def pack(tensor):
        saved[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = scaled_dot_product_attention(*inputs, dropout_p=rate)
    own = {each.untyped_storage().data_ptr() for each in (*inputs, output)}
    return sum(each.numel() for place, each in saved.items() if place not in own and each.is_floating_point())


seen = kept(0.0), kept(0.1)
print(seen)
assert seen == (2 * 512, 3 * 2 * 512 * 512 + 2 * 2 * 512 * 16), seen
PYTHON
