"""A user's repository for tests, with a fingerprint of everything in it that is theirs."""

import os
import subprocess
from pathlib import Path

from intern_daemon.protocol import Budget, Session
from intern_daemon.repo import Repository, commit_tree_with, compose, open_repository

STATES = ("clean", "dirty", "staged", "stashed", "detached")

TRAIN = "".join(f"line {number}\n" for number in range(1, 61))


class UserCheckout:
    """A repository with a training script, an ignored folder and an untracked file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.write("train.py", TRAIN)
        self.write("evaluate.py", "print(1)\n")
        self.write(".gitignore", "data/\n*.log\n")
        self.write("data/dev.jsonl", '{"a": 1}\n')
        self.write("noise.log", "ignored\n")
        self.write("notes.txt", "untracked\n")
        # Hooks of the user that must never run for us.
        for name in ("pre-commit", "post-checkout", "reference-transaction", "post-merge"):
            hook = self.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch {root.parent}/hook-ran\n")
            hook.chmod(0o755)
        self.commit("Start", "train.py", "evaluate.py", ".gitignore")
        self.hook_ran.unlink(missing_ok=True)

    @property
    def hook_ran(self) -> Path:
        return self.root.parent / "hook-ran"

    @classmethod
    def at(cls, root: Path) -> "UserCheckout":
        """The checkout of a repository that is there."""
        there = cls.__new__(cls)
        there.root = root
        return there

    @property
    def repository(self) -> Repository:
        return open_repository(self.root)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def read(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()

    def commit(self, message: str, *paths: str) -> str:
        self.git("-c", "core.hooksPath=/dev/null", "add", "--", *paths)
        self.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", message)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    def enter(self, state: str) -> None:
        """Bring the checkout into one of `STATES`."""
        quiet = ("-c", "core.hooksPath=/dev/null")
        if state == "dirty":
            self.write("train.py", TRAIN.replace("line 60", "line 60 by the user"))
        elif state == "staged":
            self.write("evaluate.py", "print(2)\n")
            self.git("add", "evaluate.py")
            self.write("evaluate.py", "print(3)\n")
        elif state == "stashed":
            self.write("train.py", "stashed\n")
            self.git(*quiet, "stash", "push", "-q")
        elif state == "detached":
            self.git(*quiet, "checkout", "-q", "--detach")
        self.hook_ran.unlink(missing_ok=True)

    def fingerprint(self) -> dict[str, object]:
        """All that is the user's, byte for byte: files with mode and time, index, refs, stashes."""
        private = self.root / ".git"
        files = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in (".git", ".intern"))
            for name in sorted(names):
                place = Path(folder) / name
                status = place.lstat()
                content = str(place.readlink()) if place.is_symlink() else place.read_bytes()
                files[str(place)] = (status.st_mode, status.st_mtime_ns, content)
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        return {
            "files": files,
            "head": (private / "HEAD").read_bytes(),
            "index": (private / "index").read_bytes(),
            "config": (private / "config").read_bytes(),
            "refs": [r for r in refs if not r.startswith(("refs/heads/intern/", "refs/intern/"))],
            "stashes": self.git("stash", "list"),
            "reflog": self.git("reflog", "show", "HEAD"),
            "status": self.git("status", "--porcelain"),
            "hook": self.hook_ran.exists(),
        }

    def begin(self, base: str | None = None) -> Session:
        """A session on a branch of its own at `base`."""
        base = base or self.head()
        self.repository.git.run("branch", "--no-track", "intern/test", base)
        return Session(
            id="s1",
            slug="test",
            branch="intern/test",
            base_commit=base,
            user_ref="main",
            state="running",
            metric="exact_match",
            direction="max",
            budget=Budget(minutes=1, runs=1, usd=0, tokens=0),
            created=0.0,
        )

    def keep(self, session: Session, number: int, files: dict[str, str | bytes | None]) -> str:
        """A kept experiment: one more commit on the session's branch."""
        tip = self.git("rev-parse", session.branch)
        message = compose(
            f"Change {number}",
            trailers={
                "Intern-Session": session.id,
                "Intern-Experiment": f"{session.id}/{number}",
                "Intern-Metric": f"exact_match +0.{number}",
            },
        )
        sha = commit_tree_with(self.repository, tip, files, message)
        self.repository.git.run("update-ref", f"refs/heads/{session.branch}", sha, tip)
        return sha
