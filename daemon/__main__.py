"""`intern` and `python -m intern_daemon`.

The stdio shim and the daemon start without the CLI's imports.
"""
# ruff: noqa: PLC0415

import sys


def main() -> int:
    """Run the command line. Returns the exit status."""
    match sys.argv[1:]:
        case ["lsp", *rest]:
            from .server.shim import main as shim

            return shim(rest)
        case ["serve", *rest] if "--detached" in rest:
            from .server.lifecycle import main as daemon

            return daemon(rest)
    from .cli import main as cli

    return cli() or 0


if __name__ == "__main__":
    sys.exit(main())
