"""Many-seed simulations that back the statistics: `python -m tests.proofs [--full]`."""
