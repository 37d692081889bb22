from torch import nn

INPUTS = [(8, 30, 16)]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(16, 24)
        self.lstm = nn.LSTM(24, 64, num_layers=2, batch_first=True, bidirectional=True)
        self.rnn = nn.RNN(128, 32, batch_first=True)
        self.attend = nn.MultiheadAttention(32, 4, batch_first=True)
        self.head = nn.Linear(32, 7)

    def forward(self, x):
        x, _ = self.lstm(self.first(x))
        x, _ = self.rnn(x)
        x, _ = self.attend(x, x, x)
        return self.head(x.mean(1))
