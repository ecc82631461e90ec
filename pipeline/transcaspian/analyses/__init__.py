"""Further questions about a study, each in a folder of its own."""
