"""Names: of a function, of a class body, and of a file, whose statements run when a name of theirs is wanted."""

from __future__ import annotations

import ast
from bisect import insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from cnnshape.readers.python.language.effects import (
    DEFINED,
    IMPORTS,
    Statement,
    acts,
    alters,
    binds,
    concerned,
    handed_out,
    names_by_text,
    only_uses,
    read_in,
    read_now,
    registered_by,
    registers,
    registers_itself,
    texts_in,
)
from cnnshape.readers.python.language.outline import Deferred
from cnnshape.readers.python.language.sharing import Shared, altered_by, constants_of, notes_what_others_read, own_of
from cnnshape.readers.python.language.syntax import mentioned_in, walk
from cnnshape.readers.python.language.values import MISSING, Fixed, Namespace, Opaque, Stop, Value

if TYPE_CHECKING:
    from cnnshape.readers.python.language.machine import Machine


class Scope(Fixed):
    """The names of one run of a function, of a class body or of a comprehension.

    Attributes:
        parent: where names are looked up that are not here; None for a file.
        module: the file that it lies in.
        elsewhere: names that ``global`` and ``nonlocal`` place in another scope.
        function, subject: the method that runs and its first argument, for ``super()``.
        defined: of a class body, whose names functions within do not see: those functions.
        asked: the names that functions and generators within may ask for; None where there are none.
    """

    __slots__ = ("asked", "defined", "elsewhere", "function", "module", "names", "parent", "subject")

    def __init__(self, parent: Scope | None, module: ModuleScope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.parent = parent
        self.module: ModuleScope = module or parent.module  # type: ignore[union-attr]  # one of them is given
        self.elsewhere: dict[str, Scope] | None = None
        self.function: Any = None
        self.subject: Value = None
        self.defined: list[Any] | None = None
        self.asked: frozenset[str] | None = None

    def get(self, name: str) -> Value:
        """The value of a name, or `MISSING`."""
        scope = self
        while scope.parent is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return scope.get(name)

    def set(self, name: str, value: Value) -> None:
        """Bind a name here, or where ``global`` or ``nonlocal`` says."""
        if self.elsewhere and name in self.elsewhere:
            self.elsewhere[name].names[name] = value
        else:
            self.names[name] = value

    def visible(self) -> Scope:
        """The scope that functions defined here see."""
        scope: Scope = self
        while scope.defined is not None and scope.parent is not None:
            scope = scope.parent
        return scope

    def mention(self, node: ast.AST) -> None:
        """Note what a function or generator may ask for, where it is made and around."""
        scope = self
        while scope.parent is not None:
            if scope.defined is None:
                scope.asked = mentioned_in(node) | (scope.asked or frozenset())
            scope = scope.parent

    def leave(self) -> None:
        """The function has run: Python lets go of what nobody within may ask for any more."""
        if self.asked is not None:
            self.names = {name: value for name, value in self.names.items() if name in self.asked}

    def method(self) -> tuple[type, Value]:
        """The class whose method runs here, and the method's first argument."""
        scope: Scope | None = self
        while scope is not None:
            if scope.function is not None and scope.function.owner is not None:
                return scope.function.owner, scope.subject
            scope = scope.parent
        raise RuntimeError("super(): no arguments")


LASTING = (Namespace, str, int, float, type(None))
"""What a statement that gives no name of it another value leaves as it is, however often it calls it."""


class ModuleScope(Scope):
    """A file: its statements run on demand, each once, those that bind or change the wanted name, in order.

    So a training script plans although its data and its devices are unknown: nobody asks for them. A statement sees
    what the file says above it, however late it runs: ``skip = x`` is what `x` was there.

    Attributes:
        pending: by name, the statements that bind or change it and have not run.
        places: by the identity of a statement, its number in the file.
        user: whether it is the user's own, and none that is installed.
        begun: whether somebody has asked for a name of it.
        at: the number of the statement that runs, and `binding` the names that it binds or changes.
        past: of a name that several statements bind, what it was after each, by their numbers.
        errors: by the identity of a statement, what it raised.
        failed: by name, the number of the statement that raised, and what.
        readers: by name, the assignments that read it; None until they are asked for.
        changed: by the identity of a statement, the names that it changes others through.
        altered: by the identity of a statement, the names of which it alters parts, as far as its text says.
        registered: its definitions that others may look up by their names, which they have as texts.
        own: what it defines.
    """

    __slots__ = (
        *("altered", "at", "begun", "binding", "changed", "done", "errors", "failed", "filename", "machine", "name"),
        *("own", "package", "past", "pending", "places", "readers", "registered", "registrations", "stars"),
        *("statements", "tree", "user"),
    )

    def __init__(
        self,
        machine: Machine,
        name: str,
        filename: str,
        tree: ast.Module,
        package: str,
        deferred: Sequence[Deferred] = (),
    ) -> None:
        super().__init__(None, self)
        self.machine = machine
        self.name = name
        self.filename = filename
        self.done: set[int] = set()
        self.errors: dict[int, Stop | Exception] = {}
        tree.body = [each for statement in tree.body for each in handed_out(statement)]
        self.tree = tree
        self.package = package
        self.user = True
        self.begun = False
        self.names = {"__name__": name, "__file__": filename, "__package__": package, "__doc__": None, "__spec__": None}
        self.statements: list[Statement] = sorted([*tree.body, *deferred], key=lambda each: each.lineno)
        self.pending: dict[str, list[Statement]] = defaultdict(list)
        self.failed: dict[str, tuple[int, Stop | Exception]] = {}
        self.places = {id(statement): number for number, statement in enumerate(self.statements)}
        self.at = len(self.statements)
        self.binding: frozenset[str] = frozenset()
        self.readers: dict[str, list[ast.stmt]] | None = None
        self.changed: dict[int, list[str]] = {}
        self.altered: dict[int, dict[str, None]] = {}
        self.stars: list[ast.ImportFrom] = []
        own = set(names_by_text(tree))
        self.registrations: list[Statement] = [each for each in tree.body if registers(each) or each in own]
        defined = {each.name: each for each in self.statements if isinstance(each, ast.FunctionDef | Deferred)}
        assigned = {name for each in tree.body if isinstance(each, ast.Assign) for name in concerned(each)}
        objects = assigned - constants_of(tree)
        definitions = [each for each in tree.body if isinstance(each, DEFINED)]
        self.registered = {each.name: each for each in definitions if registers_itself(each)}
        shared = Shared()
        self.own = own_of(tree.body)
        for statement in self.statements:
            names = [*concerned(statement), *registered_by(statement, defined, assigned)]
            altered = altered_by(statement, self.own).intersection(assigned)
            changed = sorted(altered.union(each for each in names if not binds(statement, each)))
            self.altered[id(statement)] = shared.changed_with(sorted(altered), machine.step)
            for bound in dict.fromkeys([*names, *shared.changed_with(changed, machine.step)]):
                if bound == "*":
                    self.stars.append(statement)  # type: ignore[arg-type]  # only imports bind it
                else:
                    self.pending[bound].append(statement)
            self.changed[id(statement)] = [each for each in changed if each in shared.others]
            shared.note(statement, objects)
        self.past: dict[str, list[tuple[int, Value]]] = {
            bound: [] for bound, statements in self.pending.items() if len(statements) > 1
        }

    def get(self, name: str) -> Value:
        """The value of a name of the file, by what stands above the statement that runs."""
        if not self.begun:
            self.begin()
        if name in self.pending:
            self.run(name)
        failure = self.failed.get(name)
        if failure and failure[0] < self.at:
            raise failure[1]
        past = self.past.get(name)
        if past and past[-1][0] >= self.at and name not in self.binding:
            return self.before(name)
        found = self.names.get(name, MISSING)
        if found is not MISSING:
            return found
        for statement in self.stars:
            value = self.machine.importer.from_star(statement, self, name)
            if value is not MISSING:
                self.names[name] = value
                return value
        return MISSING

    def before(self, name: str) -> Value:
        """What a name was above the statement that runs."""
        return next((value for at, value in reversed(self.past[name]) if at < self.at), MISSING)

    def run(self, name: str) -> None:
        """Run the statements that bind or change a name above the one that runs, in order."""
        statements = self.pending.pop(name, [])
        if name in self.registered:
            others = sorted(texts_in(self.registered[name]) & self.registered.keys() - {name})
            statements = [*(self.registered[each] for each in others), *statements]
        later = [statement for statement in statements if self.places[id(statement)] >= self.at]
        if later:
            self.pending[name] = later
        for statement in statements:
            if statement in later:
                continue
            try:
                self.settle(name, statement)
                self.execute(statement)
            except (Stop, Exception) as error:
                if not (isinstance(self.names.get(name), LASTING) and only_uses(statement, name)) and (
                    not all(only_uses(statement, each) for each in (name, *self.changed[id(statement)]))
                    or name in self.altered[id(statement)]
                    or self.may_alter(statement)
                    or notes_what_others_read(statement, name, self.tree, self.own)
                    or (isinstance(error, Stop) and (error.changes or error.code == "CS606"))
                ):
                    self.failed[name] = (self.places[id(statement)], error)
                    raise
                self.machine.note(f"line {statement.lineno}, which cannot be read, changes nothing of the network")

    def may_alter(self, statement: Statement) -> bool:
        """Whether a statement calls a function of another file that alters what it is given."""
        calls = (node for node in walk(read_now(statement)) if isinstance(node, ast.Call))
        named: Iterator[Value] = (self.names.get(getattr(call.func, "id", "")) for call in calls)
        functions = (each for each in named if not isinstance(each, Opaque) and hasattr(each, "closure"))
        return any(alters(each.node) for each in functions if each.closure.module is not self)

    def settle(self, name: str, statement: Statement) -> None:
        """Before a statement changes an object: run those above it that take something of the object as it is.

        Of collections all of them, of others those that call nothing: ``features = model.fc.in_features``.
        """
        if name not in self.names or binds(statement, name):
            return
        if self.readers is None:
            self.readers = read_in(self.tree)
        whole = isinstance(self.names[name], list | dict | set)
        for reader in self.readers.pop(name, ()):
            if self.places[id(reader)] > self.places[id(statement)]:
                self.readers.setdefault(name, []).append(reader)
            elif whole or not any(isinstance(node, ast.Call) for node in walk(reader)):
                self.attempt(reader)

    def attempt(self, statement: Statement) -> None:
        """Run a statement that nobody may ask for: what it raises is raised where a name of it is wanted."""
        try:
            self.execute(statement)
        except (Stop, Exception) as error:
            self.failed.update(dict.fromkeys(concerned(statement), (self.places[id(statement)], error)))

    def defines(self, name: str) -> bool:
        """Whether a name is that of a function or a class, which is made anew."""
        return any(isinstance(each, DEFINED) for each in self.pending.get(name, ()))

    def hold(self, name: str, value: Value) -> None:
        """Give a name its value, whatever the file says of it."""
        self.names[name] = value
        self.pending.pop(name, None)
        self.past.pop(name, None)
        self.elsewhere = {**(self.elsewhere or {}), name: Scope(self)}

    def begin(self) -> None:
        """Run the file from its top, wanted or not, as far as that is cheap: it may alter a thing under any name.

        What raises is told where a name is wanted that it concerns. Of an installed file only what registers something
        elsewhere is run, or binds names by their texts.
        """
        if self.begun:
            return
        self.begun = True
        if not self.user:
            for statement in self.registrations:
                self.execute(statement)
            return
        machine = self.machine
        imports = [each for each in self.statements if isinstance(each, IMPORTS)]
        imported = {name for each in imports for name in concerned(each) if name not in self.past}
        spent, within = (machine.steps, machine.cells), machine.trace.dear
        if not within:
            machine.spend(0.9)
            machine.trace.dear = 10  # as where a script trains
        for statement in self.statements:
            try:
                if acts(statement, imported):
                    self.execute(statement)
                elif self.package != self.name and isinstance(statement, IMPORTS):
                    machine.importer.run_for_effects(statement, self)
            except (Stop, Exception) as error:
                if isinstance(error, Stop) and error.changes:
                    machine.doubt = error
            if machine.exhausted:
                self.end_at(statement)
                break
        if not within:
            machine.steps, machine.cells = spent
            machine.trace.dear = 0

    def end_at(self, statement: Statement) -> None:
        """End running from the top within a statement; one that merely binds names begins again where they are wanted.

        Anything else may have altered already what it would alter again, but a call that by its text alters nothing.
        """
        line = statement.lineno
        self.errors.pop(id(statement), None)
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            self.done.discard(id(statement))
        elif not isinstance(statement, ast.Expr) or self.altered[id(statement)]:
            self.errors[id(statement)] = Stop("CS606", f"line {line} takes too many steps, and cannot be run twice")
        self.machine.note(f"from line {line} on the file takes many steps: what it alters there is judged by its text")

    def execute(self, statement: Statement) -> None:
        """Run a statement, unless it has run; names that it binds are then what the last statement made of them."""
        if id(statement) in self.errors:
            raise self.errors[id(statement)]
        if id(statement) in self.done:
            return
        self.done.add(id(statement))
        from cnnshape.readers.python.language.statements import run_block  # it runs what needs scopes

        node = read_now(statement)
        outer = self.at, self.binding
        self.at, self.binding = self.places[id(statement)], frozenset(concerned(statement))
        several = [name for name in self.binding if name in self.past]
        for name in several:
            if self.past[name] and self.past[name][-1][0] > self.at:
                self.names[name] = self.before(name)
        try:
            self.machine.within(self, node, lambda: run_block(self.machine, [node], self))
        except (Stop, Exception) as error:
            self.errors[id(statement)] = error
            raise
        finally:
            for name in several:
                if name in self.names:
                    insort(self.past[name], (self.at, self.names[name]), key=itemgetter(0))
                    self.names[name] = self.past[name][-1][1]
            self.at, self.binding = outer

    def __contains__(self, name: str) -> bool:
        """Whether the file says anything of a name, read or not."""
        return name in self.names or name in self.pending

    def run_all(self) -> None:
        """Run what every name of the file takes."""
        for name in list(self.pending):
            self.run(name)


def declare(scope: Scope, statement: ast.Global | ast.Nonlocal) -> None:
    """``global`` and ``nonlocal``."""
    scope.elsewhere = scope.elsewhere or {}
    for name in statement.names:
        if isinstance(statement, ast.Global):
            scope.elsewhere[name] = scope.module
            scope.module.get(name)
            continue
        outer = scope.parent
        while outer is not None and name not in outer.names:
            outer = outer.parent
        if outer is None:
            raise Stop("CS601", f"no binding for nonlocal {name!r} found")
        scope.elsewhere[name] = outer
