"""What forward mode knows of a value before it runs: whether it has a tangent, and of which structure.

Kinds are joined where values meet.  The join of what has a tangent and what has none has one: the other way brings a
zero.  Lists are known by identity, so the kinds of what may be one list become one kind, for good.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import CodeType
from typing import Any, ClassVar, TypeAlias

from bytegrad.ir.ops import UNBOUND


class DeclinedError(Exception):
    """What is left to the general way: the function, or its values, are not such as forward code is made for."""


class InPlaceError(DeclinedError):
    """A value that was taken for a number is an array, and is changed in place."""


ABSENT = object()


@dataclass(frozen=True, slots=True, eq=False)
class Passive:
    """A value without a tangent; its exact type and itself where they are known."""

    type: type | None = None
    value: Any = ABSENT


@dataclass(frozen=True, slots=True)
class Real:
    """A real number or an array, with a tangent of its shape; if it is `plain`, a float by itself."""

    plain: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple, with a tuple of tangents (None where there is none)."""

    parts: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A dict of fixed keys that is only read, with a dict of tangents (None where there is none)."""

    keys: tuple[str, ...]
    parts: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Iter:
    """An iterator, with one of tangents that keeps pace."""

    item: Kind | None


@dataclass(frozen=True, slots=True)
class Local:
    """A function that the program makes: a pair of the variables that it shares, and of its defaults.

    A variable that is shared is a list of one item, or of none as long as it has no value.
    """

    code: CodeType
    parts: Items


class List:
    """A list, with a list of tangents of the same length.

    `fresh` if it was certainly made by the function itself, `given` if it certainly came as an argument.
    """

    __slots__ = ("_fresh", "_given", "_inside", "_item", "_one")
    met: ClassVar[int] = 0
    """How often two became one: what was inferred before is then to be looked at again."""

    def __init__(self, item: Kind | None = None, given: bool = False) -> None:
        self._item, self._fresh, self._given = item, not given, given
        self._one: List | None = None
        self._inside = False

    def find(self) -> List:
        """What stands for all lists that this may be."""
        found = self
        while found._one is not None:
            found = found._one
        return found

    @property
    def item(self) -> Kind | None:
        """The kind of the items; None while there are none."""
        return self.find()._item

    @property
    def fresh(self) -> bool:
        return self.find()._fresh

    @property
    def given(self) -> bool:
        return self.find()._given

    @property
    def inside(self) -> bool:
        """Whether it is a variable that an inner function stores."""
        return self.find()._inside

    def stored_inside(self) -> None:
        """Note that it is such a variable."""
        self.find()._inside = True

    def put(self, item: Kind | None) -> None:
        """Something of this kind may be among the items."""
        one = self.find()
        one._item = join(one._item, item)

    def unify(self, other: List) -> List:
        """The two may be one list."""
        one, two = self.find(), other.find()
        if one is not two:
            two._one = one
            List.met += 1
            one._fresh = one._fresh and two._fresh
            one._given = one._given and two._given
            one._inside = one._inside or two._inside
            one._item = join(one._item, two._item)
        return one


class Record:
    """An object of a class of the user's, by identity, with a dict of the tangents of its attributes.

    `given` if it may have come as an argument or from outside, so that it is only read.
    """

    __slots__ = ("_cls", "_given", "_one", "_parts")

    def __init__(self, cls: type, parts: dict[str, Kind] | None = None, given: bool = False) -> None:
        self._cls, self._given = cls, given
        self._parts: dict[str, Kind] = {} if parts is None else parts
        self._one: Record | None = None

    def find(self) -> Record:
        """What stands for all objects that this may be."""
        found = self
        while found._one is not None:
            found = found._one
        return found

    @property
    def cls(self) -> type:
        return self._cls

    @property
    def parts(self) -> dict[str, Kind]:
        """The kinds of the attributes that are known so far."""
        return self.find()._parts

    @property
    def given(self) -> bool:
        return self.find()._given

    def put(self, name: str, kind: Kind | None) -> bool:
        """Something of this kind may be the attribute `name`; whether that was not known."""
        parts = self.parts
        before = parts.get(name)
        after = join(before, kind)
        if after is None or same(before, after):
            return False
        parts[name] = after
        return True

    def unify(self, other: Record) -> Record:
        """The two may be one object."""
        one, two = self.find(), other.find()
        if one is not two:
            if one._cls is not two._cls:
                raise DeclinedError("objects of different classes meet")
            two._one = one
            List.met += 1
            one._given = one._given or two._given
            for name, kind in two._parts.items():
                one.put(name, kind)
        return one


Kind: TypeAlias = Passive | Real | Items | Named | Iter | List | Local | Record

UNKNOWN = Passive()
NUMBERS = (float, int, bool)


def kind_of_constant(value: Any) -> Kind:
    """The kind of an object that is known when compiling."""
    if type(value) is tuple:
        return Items(tuple([kind_of_constant(item) for item in value]))
    return Passive(type(value), value)


def is_active(kind: Kind | None) -> bool:
    """Whether values of this kind have a tangent."""
    if isinstance(kind, (List, Iter)):
        return is_active(kind.item)
    if isinstance(kind, Local):
        return is_active(kind.parts)
    if isinstance(kind, Record):
        return any_active(kind.parts.values())
    return any_active(kind.parts) if isinstance(kind, (Items, Named)) else isinstance(kind, Real)


def any_active(kinds: Iterable[Kind | None]) -> bool:
    """Whether any of them has a tangent."""
    return any([is_active(kind) for kind in kinds])


def spelled_out(kind: Kind) -> Kind:
    """The kind as one of plain Python values: that of a function is that of what it holds."""
    return kind.parts if isinstance(kind, Local) else kind


def join(a: Kind | None, b: Kind | None) -> Kind | None:
    """The kind of what may be of either kind.

    Raises: DeclinedError where they have different structures.
    """
    if a is None or b is None or a is b or is_nothing(a) or is_nothing(b):
        return b if a is None or (is_nothing(a) and b is not None) else a
    if isinstance(a, Passive) and isinstance(b, Passive):
        return a if same(a, b) else Passive(a.type if a.type is b.type else None)
    if isinstance(a, Real) and isinstance(b, Real):
        return Real(a.plain and b.plain)
    if isinstance(a, Real) and isinstance(b, Passive):
        return Real(a.plain and (b.type in NUMBERS or b.type is type(None)))
    if isinstance(a, Passive) and isinstance(b, Real):
        return join(b, a)
    return _join_structures(a, b)


def _join_structures(a: Kind, b: Kind) -> Kind:
    if isinstance(a, List) and isinstance(b, List):
        return a.unify(b)
    if isinstance(a, Record) and isinstance(b, Record):
        return a.unify(b)
    if isinstance(a, Items) and isinstance(b, Items) and len(a.parts) == len(b.parts):
        return Items(tuple([some(join(x, y)) for x, y in zip(a.parts, b.parts, strict=True)]))
    if isinstance(a, Named) and isinstance(b, Named) and a.keys == b.keys:
        return Named(a.keys, tuple([some(join(x, y)) for x, y in zip(a.parts, b.parts, strict=True)]))
    if isinstance(a, Local) and isinstance(b, Local) and a.code is b.code:
        parts = join(a.parts, b.parts)
        assert isinstance(parts, Items)
        return Local(a.code, parts)
    if isinstance(a, Iter) and isinstance(b, Iter):
        return Iter(join(a.item, b.item))
    raise DeclinedError("values of different structures meet")


def is_nothing(kind: Kind) -> bool:
    """Whether there is no value: a variable that is not bound."""
    return isinstance(kind, Passive) and kind.value is UNBOUND


def some(kind: Kind | None) -> Kind:
    """`kind`, or that of a value without a tangent where there is none."""
    return UNKNOWN if kind is None else kind


def same(a: Kind | None, b: Kind | None) -> bool:
    """Whether two kinds say the same."""
    if a is b or a is None or b is None or type(a) is not type(b):
        return a is b
    if isinstance(a, Passive) and isinstance(b, Passive):
        return a.type is b.type and a.value is b.value
    if isinstance(a, (List, Record)) and isinstance(b, (List, Record)):
        return a.find() is b.find()
    if isinstance(a, Items) and isinstance(b, Items):
        return len(a.parts) == len(b.parts) and all([same(x, y) for x, y in zip(a.parts, b.parts, strict=True)])
    if isinstance(a, Named) and isinstance(b, Named):
        return a.keys == b.keys and all([same(x, y) for x, y in zip(a.parts, b.parts, strict=True)])
    if isinstance(a, Local) and isinstance(b, Local):
        return a.code is b.code and same(a.parts, b.parts)
    return same(a.item, b.item) if isinstance(a, Iter) and isinstance(b, Iter) else a == b
