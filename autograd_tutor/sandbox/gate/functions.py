"""Functions, classes and constants that a program may use, module by module: `modules` says of which."""

from __future__ import annotations

from autograd_tutor.sandbox.gate.listed import listed

ATEN = listed("""
    abs abs_ absolute acos acos_ acosh acosh_ adaptive_avg_pool1d adaptive_max_pool1d add addbmm addcdiv addcmul
    addmm addmv addmv_ addr adjoint all allclose alpha_dropout alpha_dropout_ amax amin aminmax angle any arange
    arccos arccos_ arccosh arccosh_ arcsin arcsin_ arcsinh arcsinh_ arctan arctan2 arctan_ arctanh arctanh_ argmax
    argmin argsort argwhere as_strided as_tensor asin asin_ asinh asinh_ atan atan2 atan_ atanh atanh_ atleast_1d
    atleast_2d atleast_3d avg_pool1d baddbmm batch_norm bernoulli binary_cross_entropy_with_logits bincount
    bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor block_diag bmm
    broadcast_tensors broadcast_to bucketize cartesian_prod cat cdist ceil ceil_ celu celu_ chain_matmul cholesky
    cholesky_inverse cholesky_solve chunk clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ clone
    column_stack combinations complex concat concatenate conj conj_physical conj_physical_ conv1d conv2d conv3d
    conv_transpose1d conv_transpose2d conv_transpose3d copysign corrcoef cos cos_ cosh cosh_ cosine_embedding_loss
    cosine_similarity count_nonzero cov cross cummax cummin cumprod cumsum cumulative_trapezoid deg2rad deg2rad_ det
    detach detach_ diag diag_embed diagflat diagonal diagonal_scatter diff digamma dist div divide dot dropout
    dropout_ dsplit dstack einsum embedding empty empty_like eq equal erf erf_ erfc erfc_ erfinv exp exp2 exp2_ exp_
    expm1 expm1_ eye feature_alpha_dropout feature_alpha_dropout_ feature_dropout feature_dropout_ fill fill_ fix
    fix_ flatten flip fliplr flipud float_power floor floor_ floor_divide fmax fmin fmod frac frac_ frexp
    frobenius_norm from_numpy full full_like gather gcd gcd_ ge ger gradient greater greater_equal group_norm gt
    hardshrink heaviside hinge_embedding_loss histc histogram histogramdd hsplit hstack hypot i0 i0_ igamma igammac
    imag index_add index_copy index_fill index_reduce index_select inner instance_norm inverse is_complex
    is_floating_point is_inference is_nonzero is_signed isclose isfinite isin isinf isnan isneginf isposinf isreal
    kl_div kron kthvalue layer_norm lcm lcm_ ldexp ldexp_ le lerp less less_equal lgamma linspace log log10 log10_
    log1p log1p_ log2 log2_ log_ log_softmax logaddexp logaddexp2 logcumsumexp logdet logical_and logical_not
    logical_or logical_xor logit logit_ logspace logsumexp lt lu_solve margin_ranking_loss masked_fill
    masked_scatter masked_select matmul matrix_exp matrix_power max max_pool1d max_pool2d max_pool3d maximum mean
    median meshgrid min minimum mm mode moveaxis movedim msort mul multinomial multiply mv mvlgamma nan_to_num
    nan_to_num_ nanmean nanmedian nanquantile nansum narrow ne neg neg_ negative negative_ nextafter nonzero norm
    normal not_equal nuclear_norm numel ones ones_like outer pairwise_distance pdist permute pinverse pixel_shuffle
    pixel_unshuffle poisson_nll_loss polar polygamma positive pow prelu prod promote_types qr quantile rad2deg
    rad2deg_ rand rand_like randint randint_like randn randn_like randperm range ravel real reciprocal reciprocal_
    relu relu_ remainder renorm repeat_interleave reshape resolve_conj resolve_neg result_type rms_norm roll rot90
    round round_ row_stack rsqrt rsqrt_ rsub scatter scatter_add scatter_reduce searchsorted select select_scatter
    selu selu_ sgn sigmoid sigmoid_ sign signbit sin sin_ sinc sinc_ sinh sinh_ slice_scatter slogdet softmax sort
    split split_with_sizes sqrt sqrt_ square square_ squeeze stack std std_mean sub subtract sum svd swapaxes
    swapdims t take take_along_dim tan tan_ tanh tanh_ tensor tensor_split tensordot threshold threshold_ tile topk
    trace transpose trapezoid trapz tril tril_indices triplet_margin_loss triu triu_indices true_divide trunc trunc_
    unbind unflatten unique_consecutive unsqueeze vander var var_mean vdot view_as_complex view_as_real vsplit
    vstack where xlogy xlogy_ zero_ zeros zeros_like
""")
"""Of torch: what computes with tensors, and nothing that takes a file, memory or another backend."""

TORCH = listed("""
    Size bfloat16 bool broadcast_shapes cdouble cfloat channels_last complex128 complex64 contiguous_format device
    double dtype e enable_grad finfo float float16 float32 float64 get_default_dtype half iinfo inf inference_mode
    int int16 int32 int64 int8 is_anomaly_enabled is_grad_enabled is_inference_mode_enabled is_tensor layout long
    manual_seed memory_format nan newaxis no_grad pi preserve_format set_default_dtype set_grad_enabled
    set_printoptions short strided typename uint8 unique unravel_index vmap
""")
"""Of torch: types, constants, and the modes that this course is about."""

NN = listed("""
    AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
    AlphaDropout AvgPool1d AvgPool2d AvgPool3d BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d BatchNorm3d
    Bilinear Buffer CELU ChannelShuffle CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d
    ConstantPad3d Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d CosineEmbeddingLoss
    CosineSimilarity CrossEntropyLoss Dropout Dropout1d Dropout2d Dropout3d ELU Embedding FeatureAlphaDropout
    Flatten Fold GELU GLU GRU GRUCell GaussianNLLLoss GroupNorm Hardshrink Hardsigmoid Hardswish Hardtanh
    HingeEmbeddingLoss HuberLoss Identity InstanceNorm1d InstanceNorm2d InstanceNorm3d KLDivLoss L1Loss LPPool1d
    LPPool2d LPPool3d LSTM LSTMCell LayerNorm LeakyReLU Linear LocalResponseNorm LogSigmoid LogSoftmax MSELoss
    MarginRankingLoss MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish Module ModuleDict
    ModuleList MultiLabelMarginLoss MultiLabelSoftMarginLoss MultiMarginLoss MultiheadAttention NLLLoss PReLU
    PairwiseDistance Parameter ParameterList PixelShuffle PixelUnshuffle PoissonNLLLoss RMSNorm RNN RNNCell RReLU
    ReLU ReLU6 ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d ReplicationPad3d
    SELU Sequential SiLU Sigmoid SmoothL1Loss SoftMarginLoss Softmax Softmax2d Softmin Softplus Softshrink Softsign
    Tanh Tanhshrink Threshold TransformerDecoderLayer TransformerEncoderLayer TripletMarginLoss
    TripletMarginWithDistanceLoss Unflatten Unfold Upsample UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d
    ZeroPad2d ZeroPad3d
""")
"""Of torch.nn. Not ParameterDict, which gets and sets attributes by any name."""

FUNCTIONAL = listed("""
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
    adaptive_max_pool3d affine_grid alpha_dropout avg_pool1d avg_pool2d avg_pool3d batch_norm bilinear
    binary_cross_entropy binary_cross_entropy_with_logits celu celu_ channel_shuffle conv1d conv2d conv3d
    conv_transpose1d conv_transpose2d conv_transpose3d cosine_embedding_loss cosine_similarity cross_entropy dropout
    dropout1d dropout2d dropout3d elu elu_ embedding feature_alpha_dropout fold gaussian_nll_loss gelu glu
    grid_sample group_norm gumbel_softmax hardshrink hardsigmoid hardswish hardtanh hardtanh_ hinge_embedding_loss
    huber_loss instance_norm interpolate kl_div l1_loss layer_norm leaky_relu leaky_relu_ linear local_response_norm
    log_softmax logsigmoid lp_pool1d lp_pool2d lp_pool3d margin_ranking_loss max_pool1d max_pool2d max_pool3d
    max_unpool1d max_unpool2d max_unpool3d mish mse_loss multi_margin_loss multilabel_margin_loss
    multilabel_soft_margin_loss nll_loss normalize one_hot pad pairwise_distance pdist pixel_shuffle pixel_unshuffle
    poisson_nll_loss prelu relu relu6 relu_ rms_norm rrelu rrelu_ scaled_dot_product_attention selu selu_ sigmoid
    silu smooth_l1_loss soft_margin_loss softmax softmin softplus softshrink softsign tanh tanhshrink threshold
    threshold_ triplet_margin_loss triplet_margin_with_distance_loss unfold upsample upsample_bilinear
    upsample_nearest
""")

LINALG = listed("""
    LinAlgError cholesky cholesky_ex cond cross det diagonal eig eigh eigvals eigvalsh householder_product inv
    inv_ex ldl_factor ldl_factor_ex ldl_solve lstsq lu lu_factor lu_factor_ex lu_solve matmul matrix_exp matrix_norm
    matrix_power matrix_rank multi_dot norm pinv qr slogdet solve solve_ex solve_triangular svd svdvals tensorinv
    tensorsolve vander vecdot vector_norm
""")

SPECIAL = listed("""
    airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u
    chebyshev_polynomial_v chebyshev_polynomial_w digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammainc
    gammaincc gammaln hermite_polynomial_h hermite_polynomial_he i0 i0e i1 i1e laguerre_polynomial_l
    legendre_polynomial_p log1p log_ndtr log_softmax logit logsumexp modified_bessel_i0 modified_bessel_i1
    modified_bessel_k0 modified_bessel_k1 multigammaln ndtr ndtri polygamma psi round scaled_modified_bessel_k0
    scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u
    shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w sinc softmax spherical_bessel_j0 xlog1py xlogy
    zeta
""")

FFT = listed("""
    fft fft2 fftfreq fftn fftshift hfft hfft2 hfftn ifft ifft2 ifftn ifftshift ihfft ihfft2 ihfftn irfft irfft2
    irfftn rfft rfft2 rfftfreq rfftn
""")

NUMPY = listed("""
    abs add allclose amax amin arange arccos arcsin arctan argmax argmin array array_equal asarray clip concatenate
    copy cos cosh cumsum diag dot e exp expand_dims eye float32 float64 full full_like inf int32 int64 isclose
    isfinite isnan linspace log log10 log2 matmul max maximum mean min minimum multiply nan ones ones_like
    outer pi power prod reshape round sign sin sinh sqrt square stack std subtract sum tan tanh transpose var where
    zeros zeros_like
""")
