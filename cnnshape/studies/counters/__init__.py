"""What each counter counts of one call: a file a counter, a table of PyTorch's names in each."""
