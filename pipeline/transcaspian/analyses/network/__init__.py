"""The network that subsea systems are part of: nodes, legs, paths, delay; values in, values out, no file is opened."""
