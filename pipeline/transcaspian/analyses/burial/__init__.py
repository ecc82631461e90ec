"""How deep a cable must lie, by what, and what hits it: anchors by traffic, soil and tools, all that reaches down."""
