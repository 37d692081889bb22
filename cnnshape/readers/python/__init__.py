"""Networks in Python source, read by an interpreter whose tensors are shapes. Nothing is imported or executed."""
