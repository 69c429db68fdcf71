"""Networks of other tools as `TrainedModel` or `SpikingModel`: Keras, ONNX, NIR."""
