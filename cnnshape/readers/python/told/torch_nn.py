"""Modules of PyTorch that are made of others, as PyTorch writes them: read by the interpreter, never run."""

import copy

import torch
import torch.nn.functional as F
from torch import nn


class FloatFunctional(nn.Module):
    def __init__(self):
        super().__init__()
        self.activation_post_process = nn.Identity()

    def add(self, x, y):
        return self.activation_post_process(torch.add(x, y))

    def mul(self, x, y):
        return self.activation_post_process(torch.mul(x, y))

    def matmul(self, x, y):
        return self.activation_post_process(torch.matmul(x, y))

    def cat(self, x, dim=0):
        return self.activation_post_process(torch.cat(x, dim))

    def add_relu(self, x, y):
        return self.activation_post_process(F.relu(torch.add(x, y)))

    add_scalar = add
    mul_scalar = mul


class QuantStub(nn.Module):
    def __init__(self, qconfig=None):
        super().__init__()

    def forward(self, x):
        return x


class DeQuantStub(QuantStub):
    pass


class _Loss(nn.Module):
    def __init__(self, *options, reduction="mean", **named):
        super().__init__()
        self.reduction = reduction

    def forward(self, input, target):
        return self.function(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    function = staticmethod(F.mse_loss)


class L1Loss(_Loss):
    function = staticmethod(F.l1_loss)


class SmoothL1Loss(_Loss):
    function = staticmethod(F.smooth_l1_loss)


class HuberLoss(_Loss):
    function = staticmethod(F.huber_loss)


class BCELoss(_Loss):
    function = staticmethod(F.binary_cross_entropy)


class BCEWithLogitsLoss(_Loss):
    function = staticmethod(F.binary_cross_entropy_with_logits)


class KLDivLoss(_Loss):
    function = staticmethod(F.kl_div)


class CrossEntropyLoss(_Loss):
    function = staticmethod(F.cross_entropy)


class NLLLoss(_Loss):
    function = staticmethod(F.nll_loss)


class DataParallel(nn.Module):
    def __init__(self, module, *options, **named):
        super().__init__()
        self.module = module

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(DataParallel):
    pass


class SyncBatchNorm(nn.modules.batchnorm._BatchNorm):
    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        made = module
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            made = cls(module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats)
            if module.affine:
                made.weight, made.bias = module.weight, module.bias
        for name, child in module.named_children():
            made.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return made


class _Copies(nn.Module):
    def __init__(self, layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True):
        super().__init__()
        self.layers = nn.ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def _run(self, x, *memory, **masks):
        for layer in self.layers:
            x = layer(x, *memory, **masks)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Copies):
    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        causal = nn._detect_is_causal_mask(mask, is_causal)
        if mask is not None and mask.dtype == torch.bool:
            mask = torch.zeros_like(mask)
        return self._run(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=causal)


class TransformerDecoder(_Copies):
    def forward(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        return self._run(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=nn._detect_is_causal_mask(tgt_mask, tgt_is_causal),
            memory_is_causal=memory_is_causal,
        )


class Transformer(nn.Module):
    generate_square_subsequent_mask = nn.generate_square_subsequent_mask

    def __init__(
        self,
        d_model=512,
        nhead=8,
        num_encoder_layers=6,
        num_decoder_layers=6,
        dim_feedforward=2048,
        dropout=0.1,
        activation=F.relu,
        custom_encoder=None,
        custom_decoder=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        options = (dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        norms = [nn.LayerNorm(d_model, eps=layer_norm_eps, bias=bias) for _ in range(2)]
        encoder = nn.TransformerEncoderLayer(d_model, nhead, *options)
        decoder = nn.TransformerDecoderLayer(d_model, nhead, *options)
        self.encoder = custom_encoder or TransformerEncoder(encoder, num_encoder_layers, norms[0])
        self.decoder = custom_decoder or TransformerDecoder(decoder, num_decoder_layers, norms[1])
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src,
        tgt,
        src_mask=None,
        tgt_mask=None,
        memory_mask=None,
        src_key_padding_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        src_is_causal=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)
