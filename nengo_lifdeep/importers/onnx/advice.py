"""What to do about ONNX operations that cannot be imported."""

from __future__ import annotations

__all__ = ["ADVICE", "MAXIMA", "OTHERS", "POOL", "RELU"]

RELU = "train with ReLU, whose place the spiking neurons take"
POOL = "train with average pooling, which is linear and so exact in spikes"

#: of operations that no other line speaks of
OTHERS = (
    "write the model with convolutions, dense layers, ReLU and what else docs/own_model.md lists, "
    "or leave it out and export again"
)

#: what ``max_pooling="average"`` replaces
MAXIMA = ("MaxPool", "GlobalMaxPool")

ADVICE = {
    **dict.fromkeys(("Elu", "Selu", "Celu", "Tanh", "HardSwish", "Gelu", "Mish", "Softplus",
                     "Softsign", "Erf", "ThresholdedRelu", "Swish"), RELU),
    **dict.fromkeys(("LSTM", "GRU", "RNN", "Loop", "If", "Scan"), "one pass without memory only"),
    **dict.fromkeys(("QuantizeLinear", "DequantizeLinear", "QLinearConv", "ConvInteger",
                     "QLinearMatMul", "DynamicQuantizeLinear"),
                    "export the model before it is quantised"),
    **dict.fromkeys(("LayerNormalization", "GroupNormalization", "InstanceNormalization",
                     "RMSNormalization", "LpNormalization"),
                    "its mean and deviation are those of every image, which is not linear: use "
                    "BatchNormalization"),
    **dict.fromkeys(("Attention", "Softmax"), "products of computed values are not linear"),
}  # fmt: skip
