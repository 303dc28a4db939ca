"""Pages on which courses come and go."""
