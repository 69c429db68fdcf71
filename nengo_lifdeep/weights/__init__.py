"""What a layer's weights are made of: numbers of few bits."""
