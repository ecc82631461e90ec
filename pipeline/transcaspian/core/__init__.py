"""What all rooms speak of: frames and figures, the tables of layers, errors, and what is written on the disk."""
