"""The names that the source may read of Python's own types."""

from __future__ import annotations

import types

from cnnshape.readers.python.language.functions import Generator
from cnnshape.readers.python.language.values import words

DUNDERS = words(
    "__all__ __annotations__ __bases__ __call__ __class__ __contains__ __copy__ __dataclass_fields__ __deepcopy__ "
    "__defaults__ __delattr__ __delitem__ __dict__ __dir__ __doc__ __enter__ __eq__ __exit__ __file__ __get__ "
    "__getattr__ __getattribute__ __getitem__ __hash__ __init__ __init_subclass__ __iter__ __len__ __members__ "
    "__missing__ __module__ __mro__ __name__ __ne__ __new__ __next__ __post_init__ __qualname__ __repr__ "
    "__reversed__ __setattr__ __setitem__ __setstate__ __str__ __version__ __wrapped__"
)
"""Names with underscores that may be read: none of them leads out of the source, or makes more than exists."""
SETS = words("union intersection difference issubset issuperset isdisjoint")
PLAIN: dict[type, frozenset[str]] = {
    str: words(
        "upper lower strip lstrip rstrip startswith endswith split rsplit splitlines find rfind index count "
        "isdigit isalpha isalnum isnumeric isupper islower isspace capitalize title swapcase casefold partition "
        "rpartition removeprefix removesuffix isidentifier encode join replace format ljust rjust center zfill"
    ),
    list: words("append insert pop remove reverse clear index count copy extend sort"),
    tuple: words("index count"),
    dict: words("get keys values items pop popitem clear copy setdefault update fromkeys"),
    set: SETS
    | words("add discard remove pop clear copy symmetric_difference update difference_update intersection_update")
    | words("symmetric_difference_update"),
    frozenset: SETS,
    int: words("bit_length numerator denominator real imag is_integer"),
    float: words("is_integer real imag"),
    range: words("start stop step index count"),
    slice: words("start stop step indices"),
    property: words("setter getter deleter fget"),
    types.MethodType: words("__self__ __func__"),
    **dict.fromkeys((Generator, types.GeneratorType), words("send throw close")),
    bytes: words("decode"),
    type: words("mro"),
    StopIteration: words("value"),
    types.MappingProxyType: words("get keys values items copy"),
    BaseException: words("args with_traceback"),
}
"""The names that may be read of Python's own types; of their other names none."""
