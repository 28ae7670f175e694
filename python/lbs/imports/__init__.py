"""Whether a worker can import what it needs, and what is at fault where it cannot. Imports nothing here: the answer must not
depend on the packages that are asked about."""
