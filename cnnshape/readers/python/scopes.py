"""Names: of a function, of a class body, and of a file, whose statements run when a name of theirs is wanted."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cnnshape.readers.python.values import MISSING, Fixed, Stop, Value, words

if TYPE_CHECKING:
    from cnnshape.readers.python.machine import Machine


class Scope(Fixed):
    """The names of one run of a function, of a class body or of a comprehension.

    Attributes:
        parent: where names are looked up that are not here; None for a file.
        module: the file that it lies in.
        elsewhere: names that ``global`` and ``nonlocal`` place in another scope.
        function, subject: the method that runs and its first argument, for ``super()``.
        yielded: what a generator has yielded so far.
        defined: of a class body, whose names functions within do not see: those functions.
    """

    __slots__ = ("defined", "elsewhere", "function", "module", "names", "parent", "subject", "yielded")

    def __init__(self, parent: Scope | None, module: ModuleScope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.parent = parent
        self.module: ModuleScope = module or parent.module  # type: ignore[union-attr]  # one of them is given
        self.elsewhere: dict[str, Scope] | None = None
        self.function: Any = None
        self.subject: Value = None
        self.yielded: list[Value] | None = None
        self.defined: list[Any] | None = None

    def get(self, name: str) -> Value:
        """The value of a name, or `MISSING`."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            if scope.parent is None:
                return scope.find(name)
            scope = scope.parent
        return MISSING

    def find(self, name: str) -> Value:
        """What the outermost scope knows of a name that was not yet read."""
        return MISSING

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

    def method(self) -> tuple[type, Value]:
        """The class whose method runs here, and the method's first argument."""
        scope: Scope | None = self
        while scope is not None:
            if scope.function is not None and scope.function.owner is not None:
                return scope.function.owner, scope.subject
            scope = scope.parent
        raise RuntimeError("super(): no arguments")

    def yields(self) -> list[Value]:
        """Where what is yielded here is kept: by the generator around it."""
        scope: Scope | None = self
        while scope is not None:
            if scope.yielded is not None:
                return scope.yielded
            scope = scope.parent
        raise Stop("CS601", "`yield` outside a function")


class ModuleScope(Scope):
    """A file: its statements run on demand, each once, those that bind or change the wanted name, in order.

    So a training script plans although its data and its devices are unknown: nobody asks for them.
    """

    __slots__ = (
        *("done", "failed", "filename", "machine", "name", "package", "pending"),
        *("registrations", "stars", "tree", "user"),
    )

    def __init__(self, machine: Machine, name: str, filename: str, tree: ast.Module, package: str) -> None:
        super().__init__(None, self)
        self.machine = machine
        self.name = name
        self.filename = filename
        self.done: set[int] = set()
        self.tree = tree
        self.package = package
        self.user = True
        self.names = {"__name__": name, "__file__": filename, "__package__": package, "__doc__": None}
        self.pending: dict[str, list[ast.stmt]] = defaultdict(list)
        self.failed: dict[str, Stop | Exception] = {}
        self.stars: list[ast.ImportFrom] = []
        self.registrations = [each for each in tree.body if registers(each)]
        changers = {each.name: changed_within(each) for each in tree.body if isinstance(each, ast.FunctionDef)}
        changers |= {name: {name} for each in tree.body if isinstance(each, ast.Assign) for name in concerned(each)}
        named = {each.name: each for each in tree.body if isinstance(each, DEFINED) and registers_itself(each)}
        for name, made in named.items():
            self.pending[name].extend(named[each] for each in sorted(texts_in(made) & named.keys() - {name}))
        for statement in tree.body:
            for bound in (*concerned(statement), *registered_by(statement, changers)):
                if bound == "*":
                    self.stars.append(statement)  # type: ignore[arg-type]  # only imports bind it
                else:
                    self.pending[bound].append(statement)

    def find(self, name: str) -> Value:
        """Run what the file says of a name; then what its ``from ... import *`` bring."""
        self.run(name)
        if name in self.names:
            return self.names[name]
        for statement in self.stars:
            value = self.machine.importer.from_star(statement, self, name)
            if value is not MISSING:
                self.names[name] = value
                return value
        return MISSING

    def get(self, name: str) -> Value:
        """The value of a name of the file."""
        if name in self.pending:
            self.run(name)
        if name in self.failed:
            raise self.failed[name]
        return self.names[name] if name in self.names else self.find(name)

    def run(self, name: str) -> None:
        """Run the statements that bind or change a name, in order; once, those that register something elsewhere."""
        registrations, self.registrations = self.registrations, []
        for statement in registrations:
            self.execute(statement)
        statements = self.pending.pop(name, ())
        for statement in statements:
            try:
                self.execute(statement)
            except (Stop, Exception) as error:
                if not only_uses(statement, name) or (isinstance(error, Stop) and error.code == "CS606"):
                    self.failed[name] = error
                    raise
                self.machine.note(f"line {statement.lineno}, which cannot be read, changes nothing of the network")

    def execute(self, statement: ast.stmt) -> None:
        """Run a statement, unless it has run."""
        if id(statement) not in self.done:
            self.done.add(id(statement))
            from cnnshape.readers.python.statements import run_block  # it runs what needs scopes

            self.machine.within(self, statement, lambda: run_block(self.machine, [statement], self))

    def __contains__(self, name: str) -> bool:
        """Whether the file says anything of a name, read or not."""
        return name in self.names or name in self.pending

    def run_all(self) -> None:
        """Run what every name of the file takes."""
        for name in list(self.pending):
            self.run(name)


def concerned(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of a file binds or changes; ``*`` for an import of everything."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from names_in(target)
    elif isinstance(statement, ast.AugAssign | ast.AnnAssign):
        yield from names_in(statement.target)
    elif isinstance(statement, ast.Delete):  # a name that a file deletes is one that nobody asks it for
        for target in statement.targets:
            yield from () if isinstance(target, ast.Name) else names_in(target)
    elif isinstance(statement, ast.Expr):
        yield from changed_by(statement.value)
    elif isinstance(statement, ast.For | ast.If | ast.While | ast.With | ast.Try | ast.AsyncFor | ast.AsyncWith):
        if is_main_guard(statement):
            return
        found: dict[str, None] = {}
        if isinstance(statement, ast.For):
            found.update(dict.fromkeys(names_in(statement.target)))
            if sets_attributes(statement):
                found.update(dict.fromkeys(roots_of(statement.iter)))
        for block in ("body", "orelse", "finalbody"):
            for inner in getattr(statement, block, ()):
                found.update(dict.fromkeys(concerned(inner)))
        for handler in getattr(statement, "handlers", ()):
            for inner in handler.body:
                found.update(dict.fromkeys(concerned(inner)))
        yield from (name for name in found if name != "*")


def registers(statement: ast.stmt) -> bool:
    """Whether a statement of a file is a call like ``register_block("name", Block)``."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and statement.value.args):
        return False
    function = statement.value.func
    return isinstance(function, ast.Name) and function.id.startswith("register") and "deprecat" not in function.id


DEFINED = (ast.FunctionDef, ast.ClassDef)


def registers_itself(statement: ast.FunctionDef | ast.ClassDef) -> bool:
    """Whether a decorator like ``@register_model`` puts a definition into a registry, where others may look it up."""
    nodes = (node for each in statement.decorator_list for node in ast.walk(each))
    return any(str(getattr(node, "id", getattr(node, "attr", ""))).startswith("register") for node in nodes)


def texts_in(statement: ast.stmt) -> set[str]:
    """The texts in a statement: names by which it may look something up."""
    constants = (node.value for node in ast.walk(statement) if isinstance(node, ast.Constant))
    return {each for each in constants if isinstance(each, str)}


def registered_by(statement: ast.stmt, changers: dict[str, set[str]]) -> Iterator[str]:
    """The names of a file that its own decorators change when they are given this definition: registries."""
    for decorator in getattr(statement, "decorator_list", ()):
        yield from sorted(changers.get(root_of(decorator) or "", ()))


def changed_within(function: ast.FunctionDef) -> set[str]:
    """The names that a function's body changes elements of, or calls methods of."""
    found: set[str | None] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            found |= {root_of(target) for target in node.targets if isinstance(target, ast.Subscript)}
        elif (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
        ):
            found.add(root_of(node.value.func))
    return {name for name in found if name}


def is_main_guard(statement: ast.stmt) -> bool:
    """``if __name__ == "__main__":``, which a reader of the file does not enter."""
    return (
        isinstance(statement, ast.If)
        and isinstance(statement.test, ast.Compare)
        and isinstance(statement.test.left, ast.Name)
        and statement.test.left.id == "__name__"
    )


def names_in(target: ast.expr) -> Iterator[str]:
    """The names at the root of the targets of an assignment."""
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from names_in(each)
    else:
        root = root_of(target)
        if root:
            yield root


def root_of(node: ast.expr) -> str | None:
    """``a`` of ``a.b[0].c``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def changed_by(expression: ast.expr) -> Iterator[str]:
    """What an expression on its own may change: the object whose method is called, the arguments of a function."""
    if not isinstance(expression, ast.Call):
        return
    if isinstance(expression.func, ast.Attribute):
        root = root_of(expression.func)
        if root and expression.func.attr not in HARMLESS:
            yield root
    for argument in expression.args:
        if isinstance(argument, ast.Name):
            yield argument.id


HARMLESS = words(
    "train eval fit fit_generator compile summary cuda cpu to zero_grad step backward state_dict load_state_dict save "
    "save_weights load_weights predict evaluate parameters print show plot append_to close write flush"
)
"""Methods that change no shape and no count, or of something that is no model."""


def sets_attributes(statement: ast.stmt) -> bool:
    """Whether a statement sets attributes, as loops do that freeze layers."""
    targets = (each for node in ast.walk(statement) if isinstance(node, ast.Assign) for each in node.targets)
    return any(isinstance(each, ast.Attribute) for each in targets)


def roots_of(node: ast.expr) -> Iterator[str]:
    """The names behind what a loop goes through: ``model`` of ``enumerate(model.layers)``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for argument in node.args:
            yield from roots_of(argument)
    else:
        root = root_of(node)
        if root:
            yield root


def only_uses(statement: ast.stmt, name: str) -> bool:
    """Whether a statement only does something with what a name is: nothing is wrong where it cannot be read."""
    if isinstance(statement, ast.Expr):
        function = statement.value.func if isinstance(statement.value, ast.Call) else None
        return not (isinstance(function, ast.Attribute) and root_of(function) == name and builds(function.attr))
    if not isinstance(statement, ast.For | ast.While | ast.With | ast.If) or sets_attributes(statement):
        return False
    stored = (node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    defined = (getattr(node, "name", None) for node in ast.walk(statement) if isinstance(node, DEFINITIONS))
    return name not in {*stored, *defined}


def builds(method: str) -> bool:
    """Whether a method, by its name, puts something into its object that a network may consist of."""
    return method == "add" or method.startswith(("register", "add_module", "append", "extend", "insert", "update"))


DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.alias)


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
