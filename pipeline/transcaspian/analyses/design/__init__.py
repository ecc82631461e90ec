"""Systems planned together: separation, shared hazards, branching."""
