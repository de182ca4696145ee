"""Rust code as the counters of `scripts/house-measure` see it: files without their tests, and their functions."""

import re
import subprocess
from bisect import bisect_right
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TESTS = re.compile(r"^#\[cfg\(test\)\]", re.M)

# Comments and texts, which may hold anything that looks like code.
OPAQUE = re.compile(
    r'//[^\n]*|/\*.*?\*/|b?r(?P<hashes>#+)".*?"(?P=hashes)|b?r"[^"]*"|b?"(?:\\.|[^"\\])*"'
    r"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])'",
    re.S,
)
FUNCTION = re.compile(r"\bfn\s+(\w+)")


def git_files(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True)
    paths = [ROOT / name for name in out.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def name_of(path):
    return str(path.relative_to(ROOT))


def blanked(text):
    """The code with comments and texts replaced by blanks, line for line and column for column."""
    return OPAQUE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def closing(code, start):
    """The place of the bracket that closes the one at `start`."""
    brackets, depth = {"(": "()", "[": "[]", "{": "{}"}[code[start]], 0
    for match in re.compile(f"[{re.escape(brackets)}]").finditer(code, start):
        depth += 1 if match.group() == brackets[0] else -1
        if depth == 0:
            return match.start()
    return len(code) - 1


def parted(text):
    """The parts between commas that stand in no bracket."""
    depth, parts, begin = 0, [], 0
    text = text.replace("->", "  ").replace("=>", "  ")
    for place, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            parts.append(text[begin:place].strip())
            begin = place + 1
    return [part for part in [*parts, text[begin:].strip()] if part]


class Function:
    """A function: where it is, how many lines it has, and the types of its parameters."""

    def __init__(self, source, match):
        code = source.code
        self.place = f"{source.name}:{source.line(match.start())} {match.group(1)}"
        opening = self.parameters_at(code, match.end())
        end = closing(code, opening)
        parameters = [re.sub(r"^(#\[[^\]]*\]\s*)+", "", part) for part in parted(code[opening + 1 : end])]
        self.types = [" ".join(part.split(":", 1)[1].split()) for part in parameters if ":" in part]
        body = re.compile(r"[{;]").search(code, end)
        self.lines = None
        if body and body.group() == "{":
            self.lines = source.line(closing(code, body.start())) - source.line(match.start()) + 1

    @staticmethod
    def parameters_at(code, place):
        """The bracket of the parameters: behind the generic ones, if there are any."""
        depth = 0
        while place < len(code):
            character = code[place]
            if character == "(" and depth == 0:
                return place
            if character == ">" and code[place - 1] in "-=":
                character = ""
            depth += (character == "<") - (character == ">")
            place += 1
        return code.index("(")

    def tuples(self):
        """Parameters that are a tuple of two and more, bare, borrowed, or in an Option."""
        bare = re.compile(r"^(?:&(?:'\w+ )?(?:mut )?|Option<)*\((.*)\)>*$")
        found = (bare.match(kind) for kind in self.types)
        return [match.group() for match in found if match and len(parted(match.group(1))) > 1]

    def takes(self, *names):
        wanted = [rf"\b{name}\b" for name in names]
        return all(any(re.search(pattern, kind) for kind in self.types) for pattern in wanted)


class Source:
    """A file of code, without its tests."""

    def __init__(self, path):
        self.path, self.name = path, name_of(path)
        text = path.read_text(encoding="utf-8")
        self.text = TESTS.split(text, maxsplit=1)[0]
        self.code = blanked(self.text)
        self.starts = [0] + [match.end() for match in re.finditer("\n", self.code)]
        self.crate = path.relative_to(ROOT).parts[1]
        inside = list(path.relative_to(ROOT / "crates" / self.crate / "src").with_suffix("").parts)
        if inside[-1] in ("mod", "lib", "main"):
            inside.pop()
        self.module = inside
        self.lines = self.text.count("\n")

    def line(self, place):
        return bisect_right(self.starts, place)

    def functions(self):
        return [Function(self, match) for match in FUNCTION.finditer(self.code) if "(" in self.code[match.end() :]]

    def places(self, pattern):
        return [f"{self.name}:{self.line(match.start())}" for match in re.finditer(pattern, self.code)]


def is_test(path):
    parts = path.relative_to(ROOT).parts
    return "tests" in parts or parts[-1] in ("tests.rs", "build.rs") or parts[-1].endswith("_tests.rs")


def sources():
    paths = git_files("crates/*/src/*.rs")
    return [Source(path) for path in paths if not is_test(path) and "testkit" not in path.parts]
