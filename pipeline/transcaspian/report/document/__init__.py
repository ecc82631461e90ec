"""The desktop study as a document: chapters say what is in it, one writer makes the file of it."""
