"""A process that logs numbered tokens and rotates its log at random, in every way there is.

    python writer.py DIRECTORY TRUTH SEED LINES PAUSE

TRUTH gets a line for each token: the line of its file that it was written in, and whether it stands in some file. One
that copytruncate itself loses (written after the copy, before the cut) does not.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
import sys
import time


class Writer:
    """A log that is written and rotated.

    Args:
        path: of the log.
        seed: of all choices.
        pause: seconds within which the log is looked at for certain; whatever cannot be known without a look takes
            longer.
    """

    def __init__(self, path: str, seed: int, pause: float) -> None:
        self.path = path
        self.dice = random.Random(seed)
        self.pause = pause
        self.written: list[int] = []  # the line of each token
        self.lost: set[int] = set()
        self.open()

    def open(self) -> None:
        self.log = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.line = 0

    def anew(self) -> None:
        os.close(self.log)
        self.open()

    def write(self, count: int) -> None:
        for _ in range(count):
            self.line += 1
            token = f"tst_{len(self.written):08x}"
            text = f"2026-03-04 10:00:00 INFO app: a line of some length, {len(self.written)}, with {token}\n".encode()
            self.written.append(self.line)
            if self.dice.random() < 0.2:  # in two pieces
                os.write(self.log, text[:60])
                time.sleep(self.dice.random() * self.pause)
                os.write(self.log, text[60:])
            else:
                os.write(self.log, text)

    def shift(self) -> None:
        for number in range(4, 0, -1):
            if os.path.exists(f"{self.path}.{number}"):
                os.replace(f"{self.path}.{number}", f"{self.path}.{number + 1}")

    def rename(self) -> None:
        self.shift()
        os.replace(self.path, f"{self.path}.1")
        self.write(self.dice.randrange(3))  # the log was not opened anew yet
        self.anew()

    def copytruncate(self) -> None:
        self.shift()
        shutil.copyfile(self.path, f"{self.path}.1")
        before = len(self.written)
        self.write(self.dice.randrange(3))
        self.lost.update(range(before, len(self.written)))
        os.truncate(self.path, 0)
        self.line = 0

    def gzip(self) -> None:
        time.sleep(6 * self.pause)
        self.rename()
        time.sleep(6 * self.pause)
        with open(f"{self.path}.1", "rb") as plain, gzip.open(f"{self.path}.1.gz", "wb") as packed:
            shutil.copyfileobj(plain, packed)
        os.unlink(f"{self.path}.1")

    def delete(self) -> None:
        time.sleep(6 * self.pause)
        os.unlink(self.path)
        self.write(self.dice.randrange(3))
        self.anew()

    def run(self, lines: int) -> None:
        while len(self.written) < lines:
            for _ in range(self.dice.randrange(1, 6)):
                self.write(self.dice.randrange(1, 30))
                time.sleep(self.dice.random() * self.pause)
            self.dice.choice((self.rename, self.rename, self.copytruncate, self.copytruncate, self.gzip, self.delete))()


def main(directory: str, truth: str, seed: str, lines: str, pause: str) -> None:
    writer = Writer(os.path.join(directory, "app.log"), int(seed), float(pause))
    writer.run(int(lines))
    lines_of = (
        f"tst_{number:08x} {line} {'lost' if number in writer.lost else 'there'}\n"
        for number, line in enumerate(writer.written)
    )
    with open(truth, "w") as file:
        file.writelines(lines_of)


if __name__ == "__main__":
    main(*sys.argv[1:])
