"""``pathlib``: names of files, of which none exists. Read by the interpreter, never run."""

import os


class PurePath:
    def __init__(self, *parts):
        text = ""
        for each in map(str, parts):
            text = each if each.startswith("/") or not text else f"{text}/{each}"
        self.names = names = [each for each in text.split("/") if each not in ("", ".")]
        slashes = len(text) - len(text.lstrip("/"))
        self.root = "//" if slashes == 2 else "/" if slashes else ""
        self.name = names[-1] if names else ""
        self.parts = tuple(([self.root] if self.root else []) + names)
        ends = [] if self.name.endswith(".") else self.name.lstrip(".").split(".")[1:]
        self.suffixes = ["." + each for each in ends]
        self.suffix = self.suffixes[-1] if ends else ""
        self.stem = self.name[: len(self.name) - len(self.suffix)]

    def __str__(self):
        return self.root + "/".join(self.names) or "."

    __fspath__ = as_posix = __str__

    def __repr__(self):
        return f"PosixPath({str(self)!r})" if isinstance(self, Path) else f"PurePosixPath({str(self)!r})"

    def __eq__(self, other):
        return isinstance(other, PurePath) and self.parts == other.parts

    def __lt__(self, other):
        return self.parts < other.parts

    def __hash__(self):
        return hash(self.parts)

    def joinpath(self, *others):
        return type(self)(self, *others)

    __truediv__ = joinpath

    def __rtruediv__(self, other):
        return type(self)(other, self)

    @property
    def parents(self):
        return [type(self)(self.root, *self.names[:end]) for end in range(len(self.names) - 1, -1, -1)]

    @property
    def parent(self):
        return self.parents[0] if self.name else self

    def with_name(self, name):
        return self.parent / name

    def with_suffix(self, suffix):
        return self.with_name(self.stem + suffix)


class Path(PurePath):
    def exists(self, *options, **named):
        return False

    def mkdir(self, *options, **named):
        return None

    def expanduser(self, *options, **named):
        return self

    def open(self, *options, **named):
        return open(str(self), *options, **named)

    def read_text(self, *options, **named):
        return open(str(self)).read()

    def iterdir(self, *options, **named):
        return os.listdir(str(self))

    @classmethod
    def cwd(cls):
        return os.getcwd()

    is_file = is_dir = exists
    touch = unlink = mkdir
    resolve = absolute = expanduser
    read_bytes = read_text
    glob = rglob = stat = iterdir
    home = cwd


PosixPath = Path
PurePosixPath = PurePath
