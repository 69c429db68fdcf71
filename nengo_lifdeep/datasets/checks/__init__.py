"""What images, their answers and choices of them may be: refused with what to do about it."""
