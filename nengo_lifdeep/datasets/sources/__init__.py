"""Where the files of data sets are: folders, and downloads through Keras."""
