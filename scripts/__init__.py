"""Setting up and running: what stands behind `make run` and `make test`. Standard library only, no Django."""
