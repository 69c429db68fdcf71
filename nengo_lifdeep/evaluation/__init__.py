"""Accuracy of networks: in one simulator, on the loss ladder, against time, spike by spike."""
