"""How does a client become one self-contained report? Nothing heavy is imported here."""
