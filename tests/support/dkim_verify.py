"""Verifies each DKIM signature of a message with dkimpy: a list of true and false, the first signature first."""

import base64
import json
import sys

import dkim

given = json.load(sys.stdin)
message = base64.b64decode(given["message"])
records = {name.rstrip("."): value.encode() for name, value in given["records"].items()}


def look_up(name, timeout=5):
    return records.get(name.decode().rstrip("."))


count = sum(1 for name, _ in dkim.DKIM(message).headers if name.lower() == b"dkim-signature")
results = []
for index in range(count):
    try:
        results.append(bool(dkim.DKIM(message, minkey=1024).verify(idx=index, dnsfunc=look_up)))
    except dkim.DKIMException as error:
        results.append(str(error))
print(json.dumps(results))
