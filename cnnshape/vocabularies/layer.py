"""The base of every layer model, and how arguments become one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, TypeVar

from cnnshape.diagnostics import Fault, did_you_mean
from cnnshape.operations.operation import Operation
from cnnshape.spelling import correction, nearest
from cnnshape.value import NamedTuple
from cnnshape.vocabularies.declaration import Info, bind_plainly, declared, is_marked, remembered
from cnnshape.vocabularies.objects import KEPT_FOR_EXPORT, Gathered, LayerCall, TakesLayers
from cnnshape.vocabularies.vocabulary import LayerType

Declaration = TypeVar("Declaration", bound=Callable[..., Operation])


class Faults(Exception):  # noqa: N818 - several of `Fault`
    """Several broken rules of one layer."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = tuple(faults)


class Defaults(NamedTuple):
    """What a file sets for all its layers."""

    data_format: str = "channels_last"


class Layer:
    """The arguments of a layer class: the fields are its constructor's, in its order, with its defaults.

    Most layers are declared as functions (`layer_of`); classes are those with arguments in common, or other methods.
    A check that knows the fix raises `Fault` itself; everything else becomes one from pydantic's error. `keyword_only`
    names the arguments that may not be given by position, `second_names` what else an argument may be called (NumPy's
    names in PyTorch), `of_call` those that PyTorch takes where the module is called, beside its tensors;
    `takes_anything` is a layer that ignores what it is given; `stated` are the arguments that were given. `ACCEPTED`
    are the arguments that every layer of the framework takes and that change neither shapes nor counts (kept for
    export).
    """

    keyword_only: ClassVar[frozenset[str]] = frozenset()
    second_names: ClassVar[Mapping[str, str]] = {}
    of_call: ClassVar[frozenset[str]] = frozenset()
    takes_anything: ClassVar[bool] = False
    stated: ClassVar[frozenset[str]]

    def __init__(self, values: Mapping[str, Any] = {}, stated: Collection[str] = ()) -> None:
        self.__dict__.update(values, stated=frozenset(stated))

    @classmethod
    def look_over(cls, given: dict[str, Any], info: Info) -> dict[str, Any]:
        """The arguments as written, before each is read by itself. Raises `Fault` where they do not go together."""
        return given

    def operation(self, kind: LayerType, defaults: Defaults) -> Operation:
        """The framework-neutral operation. Raises `Fault` where arguments exclude each other."""
        raise NotImplementedError


MOST_FAULTS = 100
"""Further unknown arguments of a layer are not told: each takes a search for what was meant."""

ACCEPTED: dict[str, frozenset[str]] = {
    "keras": frozenset({"name", "trainable", "dtype", "activity_regularizer", "autocast", "input_shape", "input_dim"}),
    "pytorch": frozenset({"device", "dtype"}),
}
"""Arguments that every layer takes, beside its own; they are kept for export and change no number."""


INFERRED = frozenset({"in_channels", "in_features", "input_size"})
"""PyTorch's first arguments that may be left out here, but only where the others are given by name."""


DECLARED = {"in_channels": 1, "num_features": 1, "num_channels": 1, "in_features": -1}
"""What PyTorch's layers declare of their input, and on which axis it lies; a file may leave it out."""


def noted(**attributes: Any) -> Callable[[Declaration], Declaration]:
    """Give a layer that is a function attributes of `Layer`, or `kept` (see `layer_of`)."""

    def note(function: Declaration) -> Declaration:
        function.__dict__.update(attributes)
        return function

    return note


def also_called(names: Mapping[str, str]) -> Callable[[Declaration], Declaration]:
    """Let the arguments of a layer that is a function have second names, as `Layer.second_names` has them."""
    return noted(second_names=names)


CONTEXT = frozenset({"kind", "defaults"})
"""What a layer that is a function may ask for beside its arguments."""


class BoundLayer(NamedTuple):
    """A layer with its arguments in place.

    `arguments` holds every positional argument and every one that differs from its default, by canonical names;
    `extra` those that change no number (`ACCEPTED`).
    """

    kind: LayerType
    layer: Layer
    arguments: dict[str, Any]
    extra: dict[str, Any]

    def operation(self, defaults: Defaults = Defaults()) -> Operation:  # noqa: B008 - it never changes
        """What the layer does. Raises `Fault` where its arguments contradict each other."""
        try:
            return self.layer.operation(self.kind, defaults)
        except Fault as fault:
            raise self.told(fault) from None

    def told(self, fault: Fault) -> Fault:
        """An operation's fault in the words of this layer."""
        from cnnshape.vocabularies.names import named  # only where something is wrong

        return named(fault, self.kind.name, declared(type(self.layer)))


@cache
def model_of(kind: LayerType) -> type[Layer]:
    """The declaration of a layer; imports its family."""
    package = "cnnshape.vocabularies" if kind.module == "described" else f"cnnshape.vocabularies.{kind.framework}"
    module = import_module(f"{package}.{kind.module}")
    declaration = getattr(module, kind.model)
    if isinstance(declaration, dict):  # each has its own arguments
        declaration = declaration[kind.name]
    return declaration if isinstance(declaration, type) else layer_of(declaration)


@remembered
def layer_of(
    function: Callable[..., Operation], without: str = "", meaning: str | None = None, **defaults: Any
) -> type[Layer]:
    """The layer that a function from its arguments to its operation declares.

    Its parameters `kind` and `defaults` are no arguments of the layer; those behind ``*`` cannot be given by position,
    and ``**`` is of a layer that takes anything. A pair `kept` that is noted holds an argument and those that come
    behind it, with their defaults, which the function has no use for.

    Args:
        without: the parameters that the layer has not, unlike the function's own; None stands for them.
        meaning: what the layer is then.
        defaults: those that are not the function's own.
    """
    code, notes = function.__code__, dict(function.__dict__)
    behind, kept = notes.pop("kept", (None, {}))
    positional = code.co_varnames[: code.co_argcount]
    by_name = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    context = CONTEXT.intersection(positional)
    gone = without.split()
    fields = [name for name in (*positional, *by_name) if name not in context and name not in gone]
    values = function.__defaults__ or ()
    annotations: dict[str, Any] = {}
    for name in (None, *fields):
        if name is not None:
            annotations[name] = function.__annotations__[name]
        if name == behind:
            annotations |= dict.fromkeys(kept, Any)

    def operation(self: Layer, kind: LayerType, defaults: Defaults) -> Operation:
        given = {"kind": kind, "defaults": defaults}
        stated = {name: getattr(self, name) for name in fields} | dict.fromkeys(gone)
        made: Operation = function(**{name: given[name] for name in context}, **stated)
        return made

    declaration = {
        "__module__": function.__module__,
        "__doc__": meaning or function.__doc__,
        "__annotations__": annotations,
        "keyword_only": frozenset(by_name),
        "takes_anything": bool(code.co_flags & CO_VARKEYWORDS),
        "operation": operation,
        **notes,
        **kept,
        **dict(zip(positional[len(positional) - len(values) :], values, strict=True)),
        **(function.__kwdefaults__ or {}),
        **defaults,
    }
    return type(function.__name__, (Layer,), declaration)


CO_VARKEYWORDS = 8
"""The flag of code that takes arguments of any name, as `inspect` has it, which takes long to import."""


def bind(kind: LayerType, positional: Sequence[Any], keywords: Mapping[str, Any]) -> BoundLayer:
    """Arguments as written to a checked layer.

    Raises:
        Faults: one fault per wrong argument (CS103 unknown, CS104 missing, CS105 invalid, CS106 too many).
    """
    model = model_of(kind)
    if model.takes_anything:
        return BoundLayer(kind, model(), {}, dict(keywords))
    known = declared(model)
    order = positional_arguments(model)
    faults: list[Fault] = []
    supplied: set[str | None] = set()
    positional = together(positional, order, gathered_of(model))
    if len(positional) > len(order):
        raise Faults([too_many(kind, positional, order)])
    given: dict[str, Any] = dict(zip(order, positional, strict=False))
    extra: dict[str, Any] = {}
    for written_as, value in keywords.items():
        name = model.second_names.get(written_as, written_as)
        if name in given:
            ways = "by position and by name" if name in order[: len(positional)] else "by both its names"
            message = f"{kind.name} gets {name} twice: {ways}"
            faults.append(Fault("CS106", message, argument=name, fix=f"keep one {name}"))
        elif name in known:
            given[name] = value
        elif name in ACCEPTED[kind.framework]:
            extra[name] = value
        elif len(faults) < MOST_FAULTS:
            close = meant(kind, name, list(known), {*given, *keywords})
            supplied.add(close)
            faults.append(unknown_argument(kind, name, list(known), close))
    misplaced = [
        layer_refused(call, name)
        for name, value in given.items()
        if (call := held_layer(value)) and not takes_layers(model, name)
    ]
    if misplaced:
        raise Faults(misplaced)
    context = {"rank": kind.rank, "kind": kind}
    held: Mapping[str, Any] | None = None if faults else plainly(model, given, context)
    if held is None:
        from pydantic import ValidationError  # only where something is not plainly right

        from cnnshape.vocabularies.messages import describe
        from cnnshape.vocabularies.validation import validate

        try:
            held = validate(model, given, context)
        except Fault as fault:
            faults.append(fault)
        except ValidationError as error:
            faults.extend(describe(kind, error, given, list(known), supplied))
    if faults or held is None:
        for each in faults:
            if each.code == "CS104" and positional and order[0] in INFERRED:
                written = ", ".join(f"{name}={value!r}" for name, value in zip(order[1:], positional, strict=False))
                each.fix = f"by position {order[0]} comes first; to leave it out, write {kind.name}({written})"
        raise Faults(faults)
    layer = model(held, given)
    by_position = set(order[: len(positional)])
    arguments = {
        name: held[name]
        for name, argument in known.items()
        if name in by_position or (name in given and not is_default(held[name], argument.default))
    }
    return BoundLayer(kind, layer, arguments, extra)


def plainly(model: type[Layer], given: dict[str, Any], context: Mapping[str, Any]) -> dict[str, Any] | None:
    """The attributes of a layer whose arguments are all plainly right, else None."""
    try:
        return bind_plainly(model, model.look_over(given, Info(None, context)), context)
    except Fault:
        return None


@remembered
def positional_arguments(model: type[Layer]) -> tuple[str, ...]:
    """The arguments that may be given by position, in their order."""
    return tuple(name for name in declared(model) if name not in model.keyword_only)


@remembered
def gathered_of(model: type[Layer]) -> str | None:
    """The argument that takes all that is given by position from its place on."""
    return next((name for name, each in declared(model).items() if is_marked(each.annotation, Gathered)), None)


def together(positional: Sequence[Any], order: Sequence[str], gathered: str | None) -> Sequence[Any]:
    """The positional arguments, those from the place of `gathered` on as one; a list there is that one already."""
    if gathered is None:
        return positional
    place = order.index(gathered)
    rest = positional[place:]
    if not rest or (len(rest) == 1 and isinstance(rest[0], list | tuple)):
        return positional
    return [*positional[:place], tuple(rest)]


def held_layer(value: Any) -> LayerCall | None:
    """The layer that an argument is, or the first in a list."""
    if isinstance(value, LayerCall):
        return value
    if isinstance(value, list | tuple):
        return next((each for each in value if isinstance(each, LayerCall)), None)
    return None


def takes_layers(model: type[Layer], argument: str) -> bool:
    """Whether an argument may be a layer."""
    return is_marked(declared(model)[argument].annotation, TakesLayers)


def layer_refused(call: LayerCall, argument: str) -> Fault:
    """The refusal of a layer where none belongs."""
    return Fault(
        "CS111",
        f"`{call.name}(...)` is a layer, which cannot be an argument",
        fix="give every layer an entry of its own, or write a block",
        argument=argument,
    )


def is_default(value: Any, default: Any) -> bool:
    """Whether a normalised value says the same as the default; ``(1, 1)`` says the same as ``1``."""
    if isinstance(value, tuple) and not isinstance(default, tuple | list):
        return bool(value) and all(is_default(each, default) for each in value)
    return bool(value == default)


def too_many(kind: LayerType, positional: Sequence[Any], order: Sequence[str]) -> Fault:
    """The refusal of more positional arguments than the layer has, which may be meant as its only one."""
    fix = None
    if len(order) == 1 and takes(kind, {order[0]: list(positional)}):
        fix = f"if it is one list, write {kind.name}({tuple(positional)}), or `{kind.name}: [{list(positional)}]`"
    return Fault(
        "CS106",
        f"{kind.name} takes at most {len(order)} positional argument{'s' * (len(order) != 1)} "
        f"({', '.join(order) or 'none'}), got {len(positional)}",
        fix=fix,
    )


def takes(kind: LayerType, given: Mapping[str, Any]) -> bool:
    """Whether the layer accepts these arguments."""
    try:
        bind(kind, (), given)
    except Faults:
        return False
    return True


def meant(kind: LayerType, name: str, known: Sequence[str], given: Collection[str]) -> str | None:
    """The argument that an unknown name is for: the other framework's word for it, or one misspelt."""
    synonym = SYNONYMS[kind.framework].get(name)
    close = synonym if synonym in known else nearest(name, known)
    return None if close in given else close


def unknown_argument(kind: LayerType, name: str, known: Sequence[str], close: str | None) -> Fault:
    """The refusal of an argument that the layer does not have; `close` is the one that is meant."""
    telling = [each for each in known if not each.endswith(KEPT_FOR_EXPORT)]
    return Fault(
        "CS103",
        f"{kind.name} has no argument {name!r}; it takes {', '.join(telling) or 'none'}",
        fix=did_you_mean(close),
        argument=name,
        replacement=close if close == SYNONYMS[kind.framework].get(name) else correction(name, close),
    )


OF_BOTH = (
    *(("filters", "out_channels"), ("units", "out_features"), ("strides", "stride"), ("dilation_rate", "dilation")),
    *(("use_bias", "bias"), ("epsilon", "eps"), ("rate", "p"), ("axis", "dim")),
)
"""What Keras and PyTorch call one argument."""

SYNONYMS: dict[str, dict[str, str]] = {
    "keras": {**{pytorch: keras for keras, pytorch in OF_BOTH}, "kernel": "kernel_size", "scale_factor": "size"},
    "pytorch": {**dict(OF_BOTH), "pool_size": "kernel_size", "kernel": "kernel_size"},
}
"""What the other framework (or habit) calls the same argument."""
