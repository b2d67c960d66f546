#!/usr/bin/python3 -I
"""Stands for `sudo` on a machine of a test: it gives the answers that lie in SCENE, and notes what it was asked.

SCENE/<verb> is what the verb prints; `exit N` as its only line ends it like a program that fails.
"""

import json
import os
import pathlib
import sys

scene = pathlib.Path(os.environ["SCENE"])
call = json.load(sys.stdin)
verb, *rest = call["arguments"]
with open(scene / "calls.jsonl", "a", encoding="utf-8") as file:
    file.write(json.dumps({"verb": verb, "rest": rest, "request": call["request"], "files": sorted(call["files"])}) + "\n")
answers = sorted(scene.glob(f"{verb}.*"))
text = answers[0].read_text(encoding="utf-8")
if len(answers) > 1:
    answers[0].unlink()
if text.startswith("exit "):
    sys.exit(int(text.split()[1]))
print(text, end="")
