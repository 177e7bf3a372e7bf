"""What the demos' tasks show, measured: five seeds, three forms of the answer at equal compute. ``make results``."""
