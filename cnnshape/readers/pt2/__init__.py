"""Programs as `torch.export.save` writes them: the graph's JSON alone. No weight is opened, no pickle read."""
