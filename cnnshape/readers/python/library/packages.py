"""Packages whose models are asked for by name: the source of the one that is meant is read, and no other."""

from __future__ import annotations

from collections.abc import Callable

from cnnshape.readers.python.language.importing import told
from cnnshape.readers.python.language.scopes import ModuleScope
from cnnshape.readers.python.language.values import MISSING, Namespace, Opaque, Tensor, Value, now, words
from cnnshape.readers.python.library.builtin import quiet, same
from cnnshape.readers.python.rows.applying import apply, one, tensors_in
from cnnshape.readers.python.torch.namespace import layer_class, named_function

LOOKED_FOR = words(
    "pretrained pretrained_cfg pretrained_cfg_overlay checkpoint_path cache_dir scriptable exportable no_jit"
)
"""Options of ``timm.create_model`` that say where weights come from."""


def create_model(model_name: Value, pretrained: Value = False, **given: Value) -> Value:
    """``timm.create_model``: the function of that name in the module of timm that defines it."""
    if not isinstance(model_name, str):
        return now().opaque("the model that `timm.create_model` makes")
    name, _, tag = model_name.rpartition("/")[2].partition(".")
    made = now().importer.defining("timm.models", name)
    if made is MISSING:
        from cnnshape.readers.python.library import zoo  # only where a package is missing

        return zoo.of_timm(name, given, f"the model {model_name!r} of timm")
    given = {key: value for key, value in given.items() if value is not None and key not in LOOKED_FOR}
    return made(**given, **({"pretrained_cfg": tag} if tag else {}))


FILES = words(
    "segmentation detection video quantization optical_flow feature_extraction ops utils resnet vgg densenet inception "
    "squeezenet mobilenet mobilenetv2 mobilenetv3 mnasnet shufflenetv2 regnet efficientnet convnext vision_transformer "
    "swin_transformer maxvit fcn deeplabv3 lraspp faster_rcnn mask_rcnn keypoint_rcnn retinanet fcos ssd ssdlite rpn "
    "generalized_rcnn roi_heads anchor_utils backbone_utils transform mvit s3d"
)
"""Files and folders of ``torchvision.models`` whose names no function has, but those that begin with ``_``."""


def network(name: str) -> Value:
    """A network of ``torchvision.models`` where no torchvision is installed: of the zoo."""
    if not name.islower() and not name.endswith("_Weights"):
        return now().opaque(f"`torchvision.models.{name}`, whose source is not installed")
    if not name.islower() or name in FILES or name.startswith("_"):
        return MISSING

    from cnnshape.readers.python.library import zoo  # only where a package is missing

    return lambda *_, **given: zoo.model(name, given, f"the model `{name}` of torchvision")


def deform_conv2d(
    input: Value,
    offset: Value,
    weight: Value,
    bias: Value = None,
    stride: Value = 1,
    padding: Value = 0,
    dilation: Value = 1,
    mask: Value = None,
) -> Value:
    """``torchvision.ops.deform_conv2d``: the layer's operation, with weights that are given."""
    given = tensors_in([input, offset, mask])
    if not (isinstance(input, Tensor) and input.shape and isinstance(weight, Tensor) and weight.shape):
        return now().trace.fail("deform_conv2d", given, now().opaque("the shape of a tensor or of a weight"))
    channels, (filters, share, *kernel) = input.shape[1], weight.shape
    groups = channels // share if channels and share else 1
    sizes = {"in_channels": channels, "out_channels": filters, "kernel_size": kernel, "groups": groups}
    words = {**sizes, "stride": stride, "padding": padding, "dilation": dilation, "bias": bias is not None}
    return apply("deform_conv2d", "DeformConv2d", given, [], words, [weight, bias])


REGIONS = words("RoIAlign RoIPool PSRoIAlign PSRoIPool MultiScaleRoIAlign roi_align roi_pool ps_roi_align ps_roi_pool")
"""What reads boxes, whose source ends in compiled code: ``told/torchvision_ops.py`` is read in its place."""


def by_source(name: str) -> Value:
    """A name of ``torchvision.ops``: of its source where that is installed, unless it ends in compiled code.

    Where no torchvision is installed it is a layer or a function of the vocabulary.
    """
    if name in REGIONS:
        return told("torchvision_ops").get(name)
    if name == "deform_conv2d":
        return deform_conv2d
    source = None if name == "DeformConv2d" else installed("torchvision.ops")
    if source is not None:
        return source.get(name)
    found = layer_class(name)
    return named_function(name) if found is MISSING else found


def installed(name: str) -> ModuleScope | None:
    """The source of a module, which does not take the place of what is told here."""
    importer = now().importer
    key = f"{name} as installed"
    if key not in importer.loaded:
        here = importer.loaded.get(name)
        importer.loaded[key] = importer.from_roots(name)
        importer.loaded[name] = here
    found: ModuleScope | None = importer.loaded[key]
    return found


def tool(name: str) -> Value:
    """A name of ``torchvision.utils``: all networks of it tell somebody that they are made."""
    if name == "_log_api_usage_once":
        return quiet
    source = installed("torchvision.utils")
    return (
        now().opaque(f"`torchvision.utils.{name}`, whose source is not installed")
        if source is None
        else source.get(name)
    )


def member(name: str) -> Value:
    """Another name of timm, by its source."""
    found = now().importer.dotted(f"timm.{name}")
    return MISSING if isinstance(found, Opaque) else found


TORCHVISION: dict[str, Callable[[str], Value] | None] = {
    "": None,
    "models": network,
    "ops": by_source,
    "utils": tool,
    "transforms": lambda name: told("torchvision_transforms").get(name),
    "datasets": lambda name: now().opaque(f"what `torchvision.datasets.{name}` finds in files"),
}
"""What is told of its modules where it is not installed, and of those that read files in any case."""


def accelerator(*_: Value, **__: Value) -> Namespace:
    """``accelerate.Accelerator``: it hands on what it prepares; what else it knows hangs on the machine."""
    handed = {"prepare": lambda *given, **_: one(given), "unwrap_model": same}
    return Namespace("Accelerator", handed, lambda name: now().opaque(f"`Accelerator.{name}`"))


TRANSFORMS = words("transforms functional v2")
"""The folders and files of ``torchvision.transforms``; its other names are classes and functions."""
EXTRACTING = ("torchvision.models._utils", "torchvision.models.feature_extraction")
"""What takes features out of models; the source of the last one traces, and is not read where it is installed."""
TIMM_FILES = words("layers drop helpers weight_init mlp patch_embed registry vision_transformer")
"""The folder and the files whose names ``told/timm_layers.py`` tells."""


def find(name: str) -> Namespace | None:
    """``timm``: its models by name, everything else is read from its source; ``einops`` and its layers."""
    if name == "accelerate":
        return Namespace(name, {"Accelerator": accelerator}, None)
    if name.partition(".")[0] == "einops":
        return Namespace(name, {}, told("einops").get)
    importer = now().importer
    if name.startswith("timm.") and name.rpartition(".")[2] in TIMM_FILES and not importer.has("timm"):
        return Namespace(name, {}, told("timm_layers").get)
    if name in EXTRACTING[importer.has("torchvision") :]:
        return Namespace(name, {}, told("torch_fx").get)
    if name.startswith("torchvision"):
        part = f"{name}.".split(".")[1]
        told_always = part == "datasets" or name in ("torchvision.ops", "torchvision.utils")
        by_source = importer.has("torchvision") and not told_always
        told_here = name.islower() and (part != "transforms" or name.rpartition(".")[2] in TRANSFORMS)
        return Namespace(name, {}, TORCHVISION[part]) if part in TORCHVISION and told_here and not by_source else None
    return Namespace(name, {"create_model": create_model, "list_models": quiet}, member) if name == "timm" else None
