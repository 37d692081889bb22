"""``collections``: what of it is made of others. Read by the interpreter, never run: maps may hold themselves."""


class ChainMap:
    def __init__(self, *maps):
        self.maps = list(maps) or [{}]

    def new_child(self, m=None, **more):
        first = {} if m is None else m
        first.update(more)
        return type(self)(first, *self.maps)

    @property
    def parents(self):
        return type(self)(*self.maps[1:])

    def copy(self):
        return type(self)(self.maps[0].copy(), *self.maps[1:])

    def merged(self):
        found = {}
        for each in self.maps[::-1]:
            found.update(each.merged() if isinstance(each, ChainMap) else each)
        return found

    def __getitem__(self, key):
        for each in self.maps:
            try:
                return each[key]
            except KeyError:
                pass
        raise KeyError(key)

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        return any(key in each for each in self.maps)

    def __iter__(self):
        return iter(self.merged())

    def __len__(self):
        return len(self.merged())

    def keys(self):
        return self.merged().keys()

    def values(self):
        return [self[key] for key in self]

    def items(self):
        return [(key, self[key]) for key in self]

    def __eq__(self, other):
        return dict(self.items()) == dict(other.items())

    def __setitem__(self, key, value):
        self.maps[0][key] = value

    def __delitem__(self, key):
        del self.maps[0][key]

    def update(self, *maps, **more):
        self.maps[0].update(*maps, **more)

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key, *default):
        return self.maps[0].pop(key, *default)

    def clear(self):
        self.maps[0].clear()
