"""``configparser``: settings that the source itself gives; no file is found. Read by the interpreter, never run."""

from cnnshape.told import unknown

TRUTH = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
ABSENT = object()


class SectionProxy:
    def __init__(self, parser, name):
        self.parser, self.name = parser, name

    def __getattr__(self, name):
        return lambda option, fallback=None: getattr(self.parser, name)(self.name, option, fallback=fallback)

    def __getitem__(self, key):
        return self.parser.merged(self.name)[key.lower()]

    def __setitem__(self, key, value):
        self.parser.set(self.name, key, value)

    def __contains__(self, key):
        return self.parser.has_option(self.name, key)

    def __iter__(self):
        return iter(self.keys())

    def keys(self):
        return self.parser.options(self.name)

    def items(self):
        return self.parser.items(self.name)


class ConfigParser:
    def __init__(self):
        self.held = {"DEFAULT": {}}

    def read(self, filenames, encoding=None):
        return []

    def read_dict(self, dictionary):
        for section, options in dictionary.items():
            self.held.setdefault(section, {})
            for name, value in options.items():
                self.set(section, name, str(value))

    def read_string(self, string):
        found, lines, inner = [], None, 0
        for line in string.split("\n"):
            text, level = line.strip(), len(line) - len(line.lstrip())
            if text[:1] in ("#", ";"):
                continue
            if lines is not None and (not text or level > inner):  # it goes on with the setting above
                lines.append(text)
            elif text[:1] == "[":
                section, lines = text[1 : text.index("]")], None
                self.held.setdefault(section, {})
            elif text:
                place = min(text.index(each) for each in "=:" if each in text)
                lines, inner = [text[place + 1 :].strip()], level
                found.append((section, text[:place].strip(), lines))
        for section, option, lines in found:
            self.set(section, option, "\n".join(lines).rstrip())

    def set(self, section, option, value):
        self.held[section][option.lower()] = unknown("a setting that names others") if "%" in value else value

    def sections(self):
        return [each for each in self.held if each != "DEFAULT"]

    def merged(self, section):
        return {**self.held["DEFAULT"], **self.held[section]}

    def options(self, section):
        return list(self.merged(section))

    def items(self, section):
        return list(self.merged(section).items())

    def has_option(self, section, option):
        return section in self.held and option.lower() in self.merged(section)

    def get(self, section, option, *, fallback=ABSENT, make=str):
        known = fallback is ABSENT or self.has_option(section, option)
        return make(self.merged(section)[option.lower()]) if known else fallback

    def getint(self, section, option, *, fallback=ABSENT):
        return self.get(section, option, fallback=fallback, make=int)

    def getfloat(self, section, option, *, fallback=ABSENT):
        return self.get(section, option, fallback=fallback, make=float)

    def getboolean(self, section, option, *, fallback=ABSENT):
        return self.get(section, option, fallback=fallback, make=lambda text: TRUTH[text.lower()])

    def __getitem__(self, section):
        self.merged(section)
        return SectionProxy(self, section)

    def __setitem__(self, section, options):
        self.held[section] = {}
        self.read_dict({section: options})

    def __contains__(self, section):
        return section in self.held

    has_section = __contains__
