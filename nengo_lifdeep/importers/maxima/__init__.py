"""What it costs to put average pooling in the place of max pooling, measured on images."""
