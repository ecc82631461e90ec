"""Compiled loops of routing: numba kernels on flat arrays, and the values that they take. Nothing else imports them."""
