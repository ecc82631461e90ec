"""A question in a folder of its own, for tests and as an example: how much of each route a trawl reaches."""
