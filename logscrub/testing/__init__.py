"""What the pytest plugin is made of. Loaded by tests that ask for it, and by nothing else."""
