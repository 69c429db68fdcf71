"""Where the files of data sets are: folders, downloads through Keras, and images that stay in them."""
