"""The server process, from start to exit. Imports nothing here: Python 3.8 and later run `lbs.server.checkup`."""
