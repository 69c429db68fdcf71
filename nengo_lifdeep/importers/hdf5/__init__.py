"""Check HDF5 files before libraries that trust them read them."""
