"""Import networks from Keras, ONNX and NIR as `TrainedModel` or `SpikingModel`."""
