"""Tests of salesfact."""

import os

# read where NumPy is imported; threads for matrices this small, beside other tests, only wait
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
