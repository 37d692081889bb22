#!/usr/bin/env bash
# PyTorch 2.14.1 (CPU), onnx 1.23.2, onnxscript 0.7.2: who calls a GRU or LSTM without a state begins with zeros. Exported
# (`dynamo=True`) these zeros are an initializer in float32, as large as the batch of the example, so that the same model has
# more floats in its file the larger the example was: of a GRU and a linear layer with 248 parameters
# Seen: 254 floats at a batch of 1, 440 at 32. Where the batch is left open, one zero is stretched: 249.
# Who counts the parameters of a file by its initializers counts a state.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch import nn

assert torch.__version__.startswith("2.14.1"), torch.__version__


class Net(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.recurrent = getattr(nn, kind)(5, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


def floats(net, batch, **options):
    program = torch.onnx.export(net.eval(), (torch.zeros(batch, 7, 5),), dynamo=True, verbose=False, **options)
    held = program.model_proto.graph.initializer
    return sum(torch.Size(each.dims).numel() for each in held if each.data_type == 1)


for kind, least in (("GRU", 248), ("LSTM", 326)):
    net = Net(kind)
    assert sum(each.numel() for each in net.parameters()) == least
    seen = [floats(net, batch) - least for batch in (1, 32)]
    free = floats(net, 2, dynamic_shapes=({0: torch.export.Dim("n")},)) - least
    print(kind, "floats beside the parameters:", seen, "with an open batch:", free)
    assert (seen, free) == ([6, 192], 1), (seen, free)
PYTHON
