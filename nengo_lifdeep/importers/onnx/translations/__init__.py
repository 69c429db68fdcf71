"""What an ONNX operation becomes: one file per kind, `layers.TRANSLATE` names them all."""
