"""Layers in `tf_keras`, and what happens around steps. Importing its files imports TensorFlow."""
