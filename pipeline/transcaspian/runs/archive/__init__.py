"""The folders of runs and what was decided of each: written whole, registered, published, removed.

``<out>/<study>/`` holds a folder for each run, the register of all that became of them (``register.jsonl``), and the
pointers to the published run (``latest.json``, and ``latest`` where links can be made). Whatever changes there is one
step under a lock, written down before it is done, so that the next command finishes what was interrupted.
"""
