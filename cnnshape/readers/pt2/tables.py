"""ATen's operators of which the form of their cost is all there is to know, by their names."""

from __future__ import annotations

_VIEWS = """
_unsafe_view alias as_strided broadcast_to chunk contiguous detach diagonal expand expand_as movedim narrow numpy_T
permute reshape reshape_as select slice split split_with_sizes squeeze swapaxes t tensor_split transpose unbind
unflatten unfold unsqueeze view view_as view_as_complex view_as_real
"""

_MOVES = """
_assert_tensor_metadata _pad_circular _to_copy arange argsort bernoulli broadcast_tensors channel_shuffle clone col2im
constant_pad_nd convert_element_type copy detach_copy empty empty_like empty_permuted eye fft_fftshift fft_ifftshift
fill flip full full_like gather getitem hstack im2col index index_put index_select lift_fresh lift_fresh_copy linspace
masked_select meshgrid native_channel_shuffle new_empty new_full new_ones new_zeros nonzero one_hot ones ones_like pad
pixel_shuffle pixel_unshuffle rand randn reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave
replication_pad1d replication_pad2d replication_pad3d resolve_conj resolve_neg roll rot90 scalar_tensor scatter
select_scatter slice_scatter sort squeeze_copy stack tensor tile to topk type_as unfold_copy view_copy vstack zeros
zeros_like
"""

_ELEMENTWISE = """
abs acos addcdiv addcmul affine_grid_generator angle asin atan atan2 bitwise_and bitwise_not bitwise_or ceil clamp
clamp_max clamp_min clip cos cosh cosine_similarity divide eq erf erfc exp exp2 expm1 floor floor_divide fmod frac ge
glu grid_sampler grid_sampler_2d grid_sampler_3d gt hardshrink heaviside hypot isfinite isinf isnan le lerp log log10
log1p log2 logical_and logical_not logical_or logical_xor lt masked_fill multiply nan_to_num ne neg normal outer polar
pow reciprocal remainder round rrelu rsqrt sgn sign sin sinh softmin softshrink softsign sqrt square subtract tan
tanhshrink threshold tril triu true_divide trunc where xlogy
"""

_REDUCTIONS = """
all amax amin aminmax any argmax argmin count_nonzero linalg_vector_norm logsumexp max mean median min mode nanmean
nansum norm prod std std_mean sum var var_mean
"""

VIEWS = frozenset(_VIEWS.split())
"""Operators whose output is another view of their input."""

MOVES = VIEWS | frozenset(_MOVES.split())
"""Operators that move elements, or make some, without computing."""

ELEMENTWISE = frozenset(_ELEMENTWISE.split())
"""One operation for each element of the output."""

_BY_PLACE = """
affine_grid_generator cosine_similarity glu grid_sampler grid_sampler_2d grid_sampler_3d outer softmin
"""
BY_PLACE = frozenset(_BY_PLACE.split())
"""Those whose elements see others than those at their place."""

REDUCTIONS = frozenset(_REDUCTIONS.split())
"""One operation for each element of the input."""

_SHAPE = ("reshape", {"size": "shape", "shape": "shape"})

SAID: dict[str, tuple[str, dict[str, str]]] = {
    **dict.fromkeys(("view", "reshape", "_unsafe_view", "view_copy"), _SHAPE),
    "permute": ("permute", {"dims": "dims"}),
    "transpose": ("transpose", {"dim0": "dim0", "dim1": "dim1"}),
    "unsqueeze": ("unsqueeze", {"dim": "dim"}),
    "squeeze": ("squeeze", {"dim": "dim"}),
    "chunk": ("chunk", {"chunks": "chunks", "dim": "dim"}),
    "split": ("split", {"split_size": "split_size_or_sections", "dim": "dim"}),
    "split_with_sizes": ("split", {"split_sizes": "split_size_or_sections", "dim": "dim"}),
    "stack": ("stack", {"dim": "dim"}),
    "unbind": ("unbind", {"dim": "dim"}),
    "select": ("select", {"dim": "dim", "index": "index"}),
    "narrow": ("narrow", {"dim": "dim", "start": "start", "length": "length"}),
    **dict.fromkeys(("expand", "broadcast_to"), ("expand", {"size": "size"})),
    "movedim": ("movedim", {"source": "source", "destination": "destination"}),
    "roll": ("roll", {"shifts": "shifts", "dims": "dims"}),
    "repeat_interleave": ("repeat_interleave", {"repeats": "repeats", "dim": "dim"}),
    "tile": ("tile", {"dims": "dims"}),
    **{name: (name, {"dim": "dim"}) for name in ("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin")},
    **{name: (name, {"dim": "dim", "descending": "descending"}) for name in ("sort", "argsort")},
    "topk": ("topk", {"k": "k", "dim": "dim", "largest": "largest", "sorted": "sorted"}),
    "unflatten": ("unflatten", {"dim": "dim", "sizes": "sizes"}),
    "flip": ("flip", {"dims": "dims"}),
    "pad": ("pad", {"pad": "pad", "mode": "mode", "value": "value"}),
    "pixel_shuffle": ("pixel_shuffle", {"upscale_factor": "upscale_factor"}),
    "pixel_unshuffle": ("pixel_unshuffle", {"downscale_factor": "downscale_factor"}),
    "channel_shuffle": ("channel_shuffle", {"groups": "groups"}),
}
"""Operators that move elements and are functions of PyTorch: which, and what their arguments are called there."""
