#!/usr/bin/env python3
"""Answers as a daemon of a later protocol would: no version in common."""

import json
import sys

if "--root" not in sys.argv:
    print("9.0.0")
    sys.exit()
length = 0
while (line := sys.stdin.buffer.readline().strip()) != b"":
    if line.lower().startswith(b"content-length:"):
        length = int(line.split(b":")[1])
asked = json.loads(sys.stdin.buffer.read(length))
said = asked["params"]["initializationOptions"]["intern"]["protocol"]
sentence = (
    f"The client speaks protocol {said['min']} to {said['max']}, this daemon 8 to 9; "
    "update the older one, then run `intern stop-daemon`."
)
error = {"code": -32001, "message": sentence}
answer = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": error}).encode()
sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer))
sys.stdout.buffer.flush()
sys.stdin.buffer.read()
