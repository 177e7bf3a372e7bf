"""One thread for everybody: before PyTorch is loaded, and inherited by every stage, so that bits can be compared."""

import os

os.environ["OMP_NUM_THREADS"] = "1"

pytest_plugins = ["stores_here"]
