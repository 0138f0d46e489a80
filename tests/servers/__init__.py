"""Real servers for tests: found on this machine, started on loopback, ended with the session.

`install.sh` beside this file puts them on a new machine; `fixtures.py` hands them to tests.
"""
