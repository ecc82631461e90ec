"""Survey: corridor, lines, samples, and the vessels that reach them."""
