"""``configparser``: settings that the source itself gives; no file is found. Read by the interpreter, never run."""

import unread  # which nobody has: what is taken from it is not known

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
        for line in string.split("\n"):
            text = line.strip()
            if text[:1] == "[":
                section = text[1 : text.index("]")]
                self.held.setdefault(section, {})
            elif text and text[0] not in "#;":
                if line[0] in " \t":  # it goes on with the setting above
                    self.held = unread.settings_of_several_lines
                    return
                place = min(text.index(each) for each in "=:" if each in text)
                self.set(section, text[:place].strip(), text[place + 1 :].strip())

    def set(self, section, option, value):
        self.held[section][option.lower()] = unread.interpolation if "%" in value else value

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
