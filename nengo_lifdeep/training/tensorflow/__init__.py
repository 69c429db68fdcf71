"""Layers in `tf_keras`, for training. Importing its files imports TensorFlow."""
