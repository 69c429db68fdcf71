"""What a `SpikeRecord` holds: checked, kept in files and put into words."""
