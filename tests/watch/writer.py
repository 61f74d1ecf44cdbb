"""A process that logs numbered tokens and rotates its log at random, in every way there is.

    python writer.py DIRECTORY TRUTH SEED LINES PAUSE

TRUTH gets a line for each token that stands in some file: the token, and the line it was written in. A token that
copytruncate itself loses (written after the copy, before the cut) is not among them.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
import sys
import time

directory, truth, seed, lines, pause = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:])
dice = random.Random(int(seed))
path = os.path.join(directory, "app.log")
lost: set[str] = set()
written: list[tuple[str, int]] = []
line = 0


def opened() -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def write(count: int) -> list[str]:
    global line
    tokens = []
    for _ in range(count):
        line += 1
        token = f"tst_{len(written):08x}"
        written.append((token, line))
        tokens.append(token)
        text = f"2026-03-04 10:00:00 INFO app: a line of some length, number {len(written)}, with {token}\n".encode()
        if dice.random() < 0.2:  # in two pieces
            os.write(log, text[:60])
            time.sleep(dice.random() * pause)
            os.write(log, text[60:])
        else:
            os.write(log, text)
    return tokens


def shift() -> None:
    for number in range(4, 0, -1):
        if os.path.exists(f"{path}.{number}"):
            os.replace(f"{path}.{number}", f"{path}.{number + 1}")


def anew() -> None:
    global log, line
    os.close(log)
    log, line = opened(), 0


log = opened()
while len(written) < lines:
    for _ in range(dice.randrange(1, 6)):
        write(dice.randrange(1, 30))
        time.sleep(dice.random() * pause)
    print(len(written), end=" ", file=sys.stderr)
    how = dice.choice(("rename", "rename", "copytruncate", "copytruncate", "gzip", "delete"))
    print(how, len(lost), time.time() % 1000, file=sys.stderr)
    if how in ("gzip", "delete"):
        time.sleep(4 * pause)  # what is gone before anybody looked cannot be read
    if how == "rename":
        shift()
        os.replace(path, f"{path}.1")
        write(dice.randrange(3))  # the log was not opened anew yet
        anew()
    elif how == "copytruncate":
        shift()
        shutil.copyfile(path, f"{path}.1")
        lost.update(write(dice.randrange(3)))
        os.truncate(path, 0)
        line = 0
    elif how == "gzip":
        shift()
        os.replace(path, f"{path}.1")
        anew()
        time.sleep(4 * pause)
        with open(f"{path}.1", "rb") as plain, gzip.open(f"{path}.1.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
        os.unlink(f"{path}.1")
    else:
        os.unlink(path)
        write(dice.randrange(3))
        anew()
with open(truth, "w") as file:
    file.writelines(f"{token} {line} {'lost' if token in lost else 'there'}\n" for token, line in written)
