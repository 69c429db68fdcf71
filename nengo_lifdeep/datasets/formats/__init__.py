"""Files that data sets come in: MATLAB, pickles of arrays only, CIFAR batches, series."""
