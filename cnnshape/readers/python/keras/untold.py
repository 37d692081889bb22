"""What Keras's layers and models have, and nobody tells here: what it is is not known."""

from __future__ import annotations

from cnnshape.readers.python.language.values import words

UNTOLD = words(
    "_non_trainable_variables _trainable_variables compile_from_config compiled_loss compiled_metrics compute_dtype "
    "compute_loss compute_mask compute_metrics "
    "compute_output_spec distribute_reduction_method distribute_strategy dtype dtype_policy get_build_config "
    "get_compile_config get_metrics_result get_quantization_layer_structure get_state_tree input_dtype input_spec "
    "jit_compile load_own_variables loss losses make_predict_function make_test_function make_train_function "
    "metrics metrics_names metrics_variables non_trainable_variables path predict_on_batch predict_step "
    "quantization_mode quantized_build quantized_call rematerialized_call reset_metrics run_eagerly "
    "save_own_variables set_state_tree stateless_call stateless_compute_loss supports_masking symbolic_call "
    "test_on_batch test_step train_on_batch train_step variable_dtype variables"
)
