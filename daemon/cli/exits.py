"""The exit codes of `intern`, for scripts. Nothing else is ever returned.

| code | when |
| ---- | ---- |
| 0    | the command did what it says; an `improve` that honestly found no gain is one of them |
| 1    | it could not, and the one sentence on stderr says why and what mends it |
| 2    | the command line is wrong |
| 3    | it worked and the answer is the one asked about: `diagnose --fail-on` found something |
| 70   | a defect of Intern; `INTERN_DEBUG=1` shows the traceback (sysexits' EX_SOFTWARE) |
| 130  | Ctrl-C; what was stopped and what goes on was said (128 + SIGINT) |
| 141  | the reader of a pipe went away (128 + SIGPIPE) |

On 1 nothing is on stdout, so a `--json` document is there exactly when the code is 0 or 3. Some
commands tell their whole answer and then return 1: `doctor` when something that `improve` needs is
missing, `run` when the training failed, `land --dry-run` when the landing is blocked.
"""

OK = 0
FAILED = 1
USAGE = 2
FOUND = 3
DEFECT = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
