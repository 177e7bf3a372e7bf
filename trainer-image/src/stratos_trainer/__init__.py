"""The stages of a Stratos distillation job: profile, synthesize, train, evaluate, publish."""

__version__ = "0.1.0"
