"""The conversation: a Flow is data, the engine moves a Snapshot through it, a Prompt is what a surface shows."""
