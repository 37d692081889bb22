"""What a reading makes: layers and functions applied to tensors, one row each, and the network of these rows."""
