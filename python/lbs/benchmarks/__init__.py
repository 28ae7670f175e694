"""What can be run on a model. Each benchmark knows torch and its data, and nothing of workers or servers."""
