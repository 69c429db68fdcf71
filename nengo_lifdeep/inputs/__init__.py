"""Inputs of networks: preprocessing, augmentation, coding and presentation of images."""
