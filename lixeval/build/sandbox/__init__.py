"""The isolation of builds: what a builder sees, and the ways to show it nothing else."""
