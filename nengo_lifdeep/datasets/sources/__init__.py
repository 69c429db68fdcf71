"""Where the files of data sets are: folders, downloads, and images that stay in them."""
