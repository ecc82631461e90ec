"""Installation: vessels and access, loads and joints, windows and calendar."""
