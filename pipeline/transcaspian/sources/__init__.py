"""Data sets: the registry of ``data/raw``, their verification and rebuilding, and from a study's roles to files."""
