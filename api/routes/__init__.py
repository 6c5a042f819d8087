"""The endpoints: one file per resource. Each translates, calls one thing, translates back."""
