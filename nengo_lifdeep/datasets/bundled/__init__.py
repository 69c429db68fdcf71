"""What comes without a download: small sets of scikit-learn, and figures that others published."""
