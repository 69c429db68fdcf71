"""What a connection computes, as linear stages, and the matrices they stand for."""
