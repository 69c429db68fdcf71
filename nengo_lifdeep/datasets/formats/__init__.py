"""Files that data sets come in: MATLAB files, pickles of arrays only, CIFAR batches."""
