"""What optimizers of PyTorch hold: the weights that they are given, in groups. Read by the interpreter, never run."""

import torch


class Optimizer:
    def __init__(self, params, *values, **options):
        groups = list(params)
        self.param_groups = []
        self.state = {}
        self.defaults = options
        for group in groups if groups and isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        params = param_group["params"]
        listed = [params] if isinstance(params, torch.Tensor) else list(params)
        self.param_groups.append({"lr": 0.001, **self.defaults, **param_group, "params": listed})

    def step(self, closure=None):
        pass

    def zero_grad(self, set_to_none=True):
        pass

    def state_dict(self):
        groups, start = [], 0
        for group in self.param_groups:
            groups.append({**group, "params": list(range(start, start + len(group["params"])))})
            start += len(group["params"])
        return {"state": self.state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        pass
