"""Accuracy of networks: in one simulator, down the ladder, against time, spike by spike."""
