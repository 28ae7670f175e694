"""What server and worker say to each other."""
