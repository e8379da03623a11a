"""Whatever hunks are accepted, the landed file is the base with exactly those."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intern_daemon.repo import land, review

from ..user_checkout import UserCheckout

GAP = 7
"""More unchanged lines than two hunks share as context, so each edit is a hunk of its own."""

line = st.text(st.sampled_from("ab é\r\t"), max_size=4)
edit = st.fixed_dictionaries(
    {
        "old": st.lists(line, max_size=3),
        "new": st.lists(line, max_size=3),
        "commit": st.integers(0, 2),
        "accepted": st.booleans(),
    }
).filter(lambda e: e["old"] != e["new"])


def text(edits, applied, newline_at_end):
    """The file with the edits for which `applied` says so."""
    lines = []
    for number, change in enumerate(edits):
        lines += [f"gap {number} {n}" for n in range(GAP)]
        lines += change["new"] if applied(change) else change["old"]
    lines += [f"end {n}" for n in range(GAP)]
    return "\n".join(lines) + ("\n" if newline_at_end else "")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=st.lists(edit, min_size=1, max_size=5), newline_at_end=st.booleans())
def test_any_subset_of_hunks_lands_byte_for_byte(edits, newline_at_end):
    with TemporaryDirectory() as folder:
        checkout = UserCheckout(Path(folder).resolve() / "work")
        checkout.write("train.py", text(edits, lambda _: False, newline_at_end))
        session = checkout.begin(checkout.commit("Base", "train.py"))
        commits = sorted({change["commit"] for change in edits})
        for commit in commits:
            content = text(edits, lambda e, upto=commit: e["commit"] <= upto, newline_at_end)
            checkout.keep(session, commit, {"train.py": content})
        hunks = review(checkout.repository, session, {}).hunks
        in_order = [e for commit in commits for e in edits if e["commit"] == commit]
        assert len(hunks) == len(in_order)
        accepted = [
            hunk.id for hunk, change in zip(hunks, in_order, strict=True) if change["accepted"]
        ]
        if accepted:
            land(checkout.repository, session, dict.fromkeys(accepted, "accepted"))
        assert checkout.read("train.py") == text(edits, lambda e: e["accepted"], newline_at_end)


version = st.lists(st.sampled_from(["a\n", "b\n", "c\r\n", "\n"]), max_size=12).map("".join)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    versions=st.lists(st.none() | version, min_size=2, max_size=4).filter(
        lambda v: all(a != b for a, b in pairwise(v))
    ),
    upto=st.integers(0, 3),
)
def test_all_hunks_of_the_first_commits_land_as_the_last_of_them(versions, upto):
    with TemporaryDirectory() as folder:
        checkout = UserCheckout(Path(folder).resolve() / "work")
        if versions[0] is not None:
            checkout.write("x.txt", versions[0])
            checkout.commit("Base", "x.txt")
        session = checkout.begin()
        for number, content in enumerate(versions[1:], 1):
            checkout.keep(session, number, {"x.txt": content})
        upto = min(upto, len(versions) - 1)
        chosen = {f"s1/{number}" for number in range(1, upto + 1)}
        hunks = review(checkout.repository, session, {}).hunks
        accepted = [hunk.id for hunk in hunks if hunk.experiment in chosen]
        if versions[upto] == versions[0]:
            return  # nothing would land
        land(checkout.repository, session, dict.fromkeys(accepted, "accepted"))
        place = checkout.root / "x.txt"
        landed = place.read_bytes().decode() if place.exists() else None
        assert landed == versions[upto]
