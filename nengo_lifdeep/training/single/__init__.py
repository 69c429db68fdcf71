"""Trainings image by image, without TensorFlow's steps."""
