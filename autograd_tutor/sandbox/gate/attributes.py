"""The attributes that a program may use of values, whatever the value is: the gate sees names, not types."""

from __future__ import annotations

from autograd_tutor.sandbox.gate.listed import listed

TENSOR = listed("""
    H T abs abs_ absolute absolute_ acos acos_ acosh acosh_ add add_ addbmm addbmm_ addcdiv addcdiv_ addcmul
    addcmul_ addmm addmm_ addmv addmv_ addr addr_ adjoint all allclose amax amin aminmax angle any arccos arccos_
    arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan2_ arctan_ arctanh arctanh_ argmax argmin
    argsort argwhere as_strided as_strided_ as_strided_scatter asin asin_ asinh asinh_ atan atan2 atan2_ atan_ atanh
    atanh_ backward baddbmm baddbmm_ bernoulli bernoulli_ bfloat16 bincount bitwise_and bitwise_and_
    bitwise_left_shift bitwise_left_shift_ bitwise_not bitwise_not_ bitwise_or bitwise_or_ bitwise_right_shift
    bitwise_right_shift_ bitwise_xor bitwise_xor_ bmm bool broadcast_to byte cdouble ceil ceil_ cfloat chalf char
    cholesky cholesky_inverse cholesky_solve chunk clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_
    clone conj conj_physical conj_physical_ contiguous copy_ copysign copysign_ corrcoef cos cos_ cosh cosh_
    count_nonzero cov cpu cross cuda cummax cummin cumprod cumprod_ cumsum cumsum_ data deg2rad deg2rad_ det detach
    detach_ device diag diag_embed diagflat diagonal diagonal_scatter diff digamma digamma_ dim dist div div_ divide
    divide_ dot double dsplit dtype element_size eq eq_ equal erf erf_ erfc erfc_ erfinv erfinv_ exp exp2 exp2_ exp_
    expand expand_as expm1 expm1_ exponential_ fill_ fill_diagonal_ fix fix_ flatten flip fliplr flipud float
    float_power float_power_ floor floor_ floor_divide floor_divide_ fmax fmin fmod fmod_ frac frac_ frexp gather
    gcd gcd_ ge ge_ geometric_ ger grad grad_fn greater greater_ greater_equal greater_equal_ gt gt_ half hardshrink
    heaviside heaviside_ histc histogram hsplit hypot hypot_ i0 i0_ igamma igamma_ igammac igammac_ imag index
    index_add index_add_ index_copy index_copy_ index_fill index_fill_ index_put_ index_reduce
    index_reduce_ index_select inner int inverse is_complex is_conj is_contiguous is_cpu is_cuda is_floating_point
    is_inference is_leaf is_meta is_neg is_nonzero is_signed isclose isfinite isinf isnan isneginf isposinf isreal
    item itemsize kron kthvalue layout lcm lcm_ ldexp ldexp_ le le_ lerp lerp_ less less_ less_equal less_equal_
    lgamma lgamma_ log log10 log10_ log1p log1p_ log2 log2_ log_ log_normal_ log_softmax logaddexp logaddexp2
    logcumsumexp logdet logical_and logical_and_ logical_not logical_not_ logical_or logical_or_ logical_xor
    logical_xor_ logit logit_ logsumexp long lt lt_ mH mT masked_fill masked_fill_ masked_scatter masked_scatter_
    masked_select matmul matrix_exp matrix_power max maximum mean median min minimum mm mode moveaxis movedim msort
    mul mul_ multinomial multiply multiply_ mv mvlgamma mvlgamma_ name nan_to_num nan_to_num_ nanmean nanmedian
    nanquantile nansum narrow narrow_copy nbytes ndim ndimension ne ne_ neg neg_ negative negative_ nelement
    new_empty new_empty_strided new_full new_ones new_tensor new_zeros nextafter nextafter_ nonzero norm normal_
    not_equal not_equal_ numel numpy outer permute pinverse polygamma polygamma_ positive pow pow_ prelu prod put_
    qr quantile rad2deg rad2deg_ random_ ravel real reciprocal reciprocal_ register_hook
    register_post_accumulate_grad_hook relu relu_ remainder remainder_ renorm renorm_ repeat repeat_interleave
    requires_grad requires_grad_ reshape reshape_as resolve_conj resolve_neg retain_grad retains_grad roll rot90
    round round_ rsqrt rsqrt_ scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_ select
    select_scatter sgn sgn_ shape short sigmoid sigmoid_ sign sign_ signbit sin sin_ sinc sinc_ sinh sinh_ size
    slice_scatter slogdet softmax sort split split_with_sizes sqrt sqrt_ square square_ squeeze squeeze_ std stride
    sub sub_ subtract subtract_ sum sum_to_size svd swapaxes swapaxes_ swapdims swapdims_ t t_ take take_along_dim
    tan tan_ tanh tanh_ tensor_split tile to to_dense tolist topk trace transpose transpose_ tril tril_ triu triu_
    true_divide true_divide_ trunc trunc_ type type_as unbind unflatten unfold uniform_ unique unique_consecutive
    unsqueeze unsqueeze_ var vdot view view_as vsplit where xlogy xlogy_ zero_
""")
"""Methods and properties of tensors. Not those that reach their storage, or memory by its address."""

MODULE = listed("""
    add_module affine append apply batch_first bfloat16 bias bias_hh bias_hh_l0 bias_ih bias_ih_l0 buffers children
    dilation double embedding_dim eps eval extend extra_repr float forward get_buffer get_parameter get_submodule
    groups hidden_size in_channels in_features in_proj_weight inplace input_size insert kernel_size load_state_dict
    modules momentum named_buffers named_children named_modules named_parameters negative_slope normalized_shape
    num_batches_tracked num_embeddings num_features num_layers out_channels out_features out_proj p padding
    parameters reduction register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_module register_parameter requires_grad_ reset_parameters running_mean
    running_var state_dict stride to train training weight weight_hh weight_hh_l0 weight_ih weight_ih_l0 zero_grad
""")
"""Of modules, and of the layers of torch.nn."""

OPTIMIZER = listed("""
    add_param_group defaults param_groups state step
""")

AUTOGRAD = listed("""
    apply backward forward generate_vmap_rule jvp mark_dirty mark_non_differentiable name needs_input_grad
    next_functions node output_nr primal register_hook register_prehook remove save_for_backward save_for_forward
    saved_tensors set_materialize_grads setup_context tangent variable vjp vmap
""")
"""Of autograd.Function, its `ctx`, the graph's nodes, hooks' handles and dual numbers."""

RESULT = listed("""
    A H L LU P Q R S U V Vh bits eigenvalues eigenvectors eps index indices logabsdet max min mode pivots rank
    residuals resolution sign singular_values smallest_normal solution tiny type values
""")
"""Of what functions with several results return, and of finfo, iinfo and devices."""

PYTHON = listed("""
    add append args bit_length capitalize center clear conjugate copy count decode difference discard encode
    endswith extend find fromkeys get imag index insert intersection is_integer isalpha isdigit issubset issuperset
    items join keys ljust lower lstrip move_to_end pop popitem real remove replace reverse rjust rstrip setdefault
    setter sort split splitlines start startswith step stop strip symmetric_difference title union update upper
    value values zfill
""")
"""Of numbers, text, lists, dicts, sets and exceptions. Not `format`: its text reads attributes by name."""

ARRAY = listed("""
    astype tolist
""")
"""Of NumPy's arrays, beside what they have in common with tensors."""

HARMLESS = listed("code func id kind message names num offset prev reason seed text")
"""Names that a program may well want for its own; what has them besides does nothing."""

ATTRIBUTES = TENSOR | MODULE | OPTIMIZER | AUTOGRAD | RESULT | PYTHON | ARRAY | HARMLESS
