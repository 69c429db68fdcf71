"""What layers a Keras model has, and what each takes its input from."""
