"""Validation: routed lines beside lines that lie there, statistics and fitted weights. Values in, values out."""
