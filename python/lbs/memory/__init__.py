"""How much memory there is to use: the limit of each GPU, and the system RAM."""
