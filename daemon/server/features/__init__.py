"""What an editor sees of a workspace by plain LSP: diagnostics, code lenses, hovers, quick fixes.

None of it needs a call of ours: a client that opens documents gets it all.
"""

from .features import Features

__all__ = ["Features"]
