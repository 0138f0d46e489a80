"""Reading the text of files: hostile until read, so only a confined child process opens them.

`sandbox.py` is the door and runs in the product; `child.py` and the readers it calls run in
the child and import nothing of the product but plain text functions.
"""
