"""From a study to a run folder, and what becomes of runs."""
