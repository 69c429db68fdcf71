"""Keras 3 and `tf_keras` models and files."""
