"""Route Position Lists: the value, and those who read, write, check and compare it."""
