"""Modules that run what others do, and what of it is asked for: ``torch.fx`` and torchvision's extraction of features.

Read by the interpreter, never run. A node is named by its module's path; the second time it runs, a number is behind.
"""

import copy
import types

from torch import nn

from cnnshape.told import refuse, unknown


class _AllFoundError(Exception):
    pass


class _Graph:
    def __init__(self):
        self.nodes = unknown("the graph of a traced module", True)

    def print_tabular(self):
        pass

    lint = print_tabular


def _runs_before(paths):
    return {path[:end] for path in paths for end in range(len(path) + 1) if path[end : end + 1] in ("", ".")}


def _twin(module):
    made = copy.copy(module)
    for kind in ("_modules", "_parameters", "_buffers"):
        made.__dict__[kind] = dict(made.__dict__[kind])
    if "forward" in made.__dict__:
        made.__dict__["forward"] = types.MethodType(made.__dict__["forward"].__func__, made)
    return made


def _leave_out(module, path, run, twins):
    for name, child in list(module._modules.items()):
        below = path + name
        if below in run:
            _leave_out(child, below + ".", run, twins)
        elif path in twins:
            del module._modules[name]
        elif child is not None and any(True for _ in child.parameters()):
            refuse(f"{below} does not run, which leaves it out of the traced module: this is not read")


def _traced(root, nodes=None):
    made = _twin(root)
    twins = {"": made}
    for node in nodes or ():
        path = ""
        for name in node.split(".")[:-1]:
            above, path = twins[path], f"{path}{name}."
            if path not in twins and name in above._modules:
                twins[path] = above._modules[name] = _twin(above._modules[name])
    run = made.forward

    def forward(*inputs, **named):
        found, counts, handles = {}, {}, []

        def noting(path):
            def hook(module, given, answer):
                counts[path] = counts.get(path, -1) + 1
                node = f"{path}_{counts[path]}" if counts[path] else path
                if nodes is not None and node in nodes:
                    found[nodes[node]] = answer
                    if len(found) == len(nodes):
                        raise _AllFoundError

            return hook

        for path, module in made.named_modules():
            if path:
                handles.append(module.register_forward_hook(noting(path)))
        try:
            answer = run(*inputs, **named)
            if nodes is not None:
                missing = [node for node, name in nodes.items() if name not in found]
                refuse(f"{missing[0]} is the path of no module that runs: other nodes are not read")
        except _AllFoundError:
            answer = found
        for handle in handles:
            handle.remove()
        _leave_out(made, "", _runs_before(counts), twins)
        return answer

    made.__dict__.update(forward=forward, graph=_Graph(), recompile=lambda: None)
    return made


def symbolic_trace(root, concrete_args=None):
    return _traced(root)


def create_feature_extractor(model, return_nodes=None, *modes, **options):
    nodes = return_nodes if isinstance(return_nodes, dict) else {name: name for name in return_nodes}
    return _traced(model, {str(node): str(name) for node, name in nodes.items()})


class IntermediateLayerGetter(nn.ModuleDict):
    def __init__(self, model, return_layers):
        if not set(return_layers).issubset([name for name, _ in model.named_children()]):
            raise ValueError("return_layers are not present in model")
        left, layers = set(return_layers), {}
        for name, module in model.named_children():
            if left:
                layers[name] = module
            left.discard(name)
        super().__init__(layers)
        self.return_layers = return_layers

    def forward(self, x):
        found = {}
        for name, module in self.items():
            x = module(x)
            if name in self.return_layers:
                found[self.return_layers[name]] = x
        return found


class _FeatureInfo:
    def __init__(self, channels, indices):
        self.info = [{"num_chs": size, "reduction": 2 ** (at + 1), "index": at} for at, size in enumerate(channels)]
        self.out_indices = indices

    def channels(self, idx=None):
        return self._of("num_chs", idx)

    def reduction(self, idx=None):
        return self._of("reduction", idx)

    def _of(self, key, idx):
        if isinstance(idx, int):
            return self.info[idx][key]
        return [self.info[each][key] for each in (self.out_indices if idx is None else idx)]

    def __getitem__(self, idx):
        return self.info[idx]

    def __len__(self):
        return len(self.info)


class FeatureListNet(IntermediateLayerGetter):
    """What timm makes of a ResNet where features alone are asked for."""

    def __init__(self, model, indices, width):
        indices = sorted(each % 5 for each in indices)
        names = ["relu", "layer1", "layer2", "layer3", "layer4"]
        super().__init__(model, {names[each]: each for each in indices})
        self.feature_info = _FeatureInfo([64, width // 8, width // 4, width // 2, width], indices)

    def forward(self, x):
        return list(super().forward(x).values())
