"""Mail that comes in: what is read of it, what is not, and what answers it."""
