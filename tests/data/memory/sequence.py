from torch import nn

INPUTS = [(3, 20, 16)]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(16, 24, num_layers=2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(48)
        self.head = nn.Linear(48, 7)

    def forward(self, x):
        y, _ = self.rnn(x)
        return self.head(self.norm(y)[:, -1])
