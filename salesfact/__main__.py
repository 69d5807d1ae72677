"""How is the command started where its script is not on the path? `python -m salesfact`."""

from __future__ import annotations

from salesfact._cli import main

if __name__ == "__main__":
    main()
