"""What frameworks call the weights of operations."""

KERAS = {"scale": "gamma", "offset": "beta", "mean": "moving_mean", "variance": "moving_variance"}
"""What Keras calls the weights of an operation; those of the layers in `AS_THEY_ARE` have our names."""

AS_THEY_ARE = frozenset({"Normalization", "RMSNormalization", "Attention", "AdditiveAttention"})

CELLS = {
    "GRU": "gru_cell", "LSTM": "lstm_cell", "SimpleRNN": "simple_rnn_cell", "ConvLSTM1D": "conv_lstm_cell",
    "ConvLSTM2D": "conv_lstm_cell", "ConvLSTM3D": "conv_lstm_cell",
}  # fmt: skip
"""Keras's layers whose weights are those of a layer within."""

PYTORCH = {
    "kernel": "weight", "depthwise_kernel": "weight", "pointwise_kernel": "weight", "scale": "weight",
    "alpha": "weight", "embeddings": "weight", "offset": "bias", "mean": "running_mean", "variance": "running_var",
}  # fmt: skip
"""What PyTorch calls them."""
