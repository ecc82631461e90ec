"""The folders of runs: how one is published at once, what stands there, and whether it is still what was written."""
