"""What a column holds: its cells as text, however they are nested, each with the row and the path it belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from logscrub.sources.tables.names import Name, NamedValues, Names
from logscrub.sources.tables.search import Found, all_judged, cells_found, find, spread, text_bytes

if TYPE_CHECKING:
    import pyarrow as pa

    from logscrub.detect import Detector
    from logscrub.model import Match

_DEEPEST = 32
# Where a name and its value are two fields of their own: headers, tags, settings.
_NAME_FIELDS = ("name", "key", "k", "header", "setting", "field", "label")
_VALUE_FIELDS = ("value", "val", "v", "content")
_PLAIN_NAME = re.compile(r"[A-Za-z_@][\w.\-@]{0,60}")

Where = Callable[[int], str]
"""Returns the path of a cell by its number."""


class Cell(NamedTuple):
    """A cell with matches.

    Attributes:
        row: number of the row within the batch.
        path: the column, with the path inside it.
        raw: the text.
        matches: None if it took too long to judge.
    """

    row: int
    path: str
    raw: bytes
    matches: list[Match] | None


@dataclass(frozen=True)
class _Part:
    """An array inside a column.

    Attributes:
        array: what it holds.
        name: the name its values stand under.
        rows: the row of each element, or None where they are the rows.
        where: the path of each element.
        depth: containers around it.
    """

    array: pa.Array
    name: Name
    rows: pa.Array | None
    where: Where
    depth: int = 0

    def row(self, number: int) -> int:
        return number if self.rows is None else int(self.rows[number].as_py())

    def taken(self, array: pa.Array, places: pa.Array, name: Name, where: Where) -> _Part:
        """Return elements of an array inside this one: each belongs to the element of this at its place."""
        rows = places if self.rows is None else self.rows.take(places)
        return _Part(array, name, rows, where, self.depth + 1)


class Columns:
    """Finds matches in the columns of record batches.

    Args:
        detector: what to look for.

    Attributes:
        bytes: of text looked at so far.
        left_out: (path, type) of what is of a kind that cannot be looked at.
    """

    def __init__(self, detector: Detector) -> None:
        self.bytes = 0
        self.left_out: dict[str, str] = {}
        self._detector = detector
        self._names = Names(detector)
        self._titles: dict[tuple[int, str], str] = {}
        self._entries: dict[str, tuple[pa.Array, Found]] = {}  # of the batch before: often the same again

    def find(self, batch: pa.RecordBatch) -> list[Cell]:
        """Return the cells of a batch that hold matches, by row and column."""
        import pyarrow as pa

        found: list[tuple[int, int, Cell]] = []
        for number, (title, array) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
            path = self._title(number, title)
            part = _Part(array, self._names.under(Name(), title), None, lambda _, path=path: path)  # type: ignore[misc]
            try:
                found += [(cell.row, number, cell) for cell in self._part(part, path)]
            except pa.ArrowException as error:
                self.left_out.setdefault(path, f"{array.type}: {type(error).__name__}")
        found.sort(key=lambda one: one[:2])
        return [cell for _, _, cell in found]

    def _title(self, number: int, title: str) -> str:
        """Return a column's name as it may be shown; one that holds a secret itself is not."""
        shown = self._titles.get((number, title))
        if shown is None:
            plain = "".join(filter(str.isprintable, title))[:120]
            fine = plain and not find(self._detector, title.encode("utf-8", "replace"))
            shown = self._titles[number, title] = plain if fine else f"column {number + 1}"
        return shown

    def _part(self, part: _Part, path: str) -> Iterator[Cell]:
        """Yield what is found in an array.

        Args:
            part: the array.
            path: what stands for the whole array, whatever the element.
        """
        import pyarrow as pa

        array, kind, types = part.array, part.array.type, pa.types
        if isinstance(kind, pa.BaseExtensionType):
            array, kind = array.storage, array.storage.type
        if len(array) == 0 or array.null_count == len(array):
            return
        if part.depth > _DEEPEST:
            self.left_out.setdefault(path, "nested too deep")
        elif types.is_dictionary(kind):
            yield from self._dictionary(part, array, path)
        elif types.is_string(kind) or types.is_binary(kind):
            yield from self._text(part, array.cast(pa.binary()), path)
        elif _is_texts(kind):
            yield from self._text(part, array.cast(pa.large_binary()), path)
        elif types.is_struct(kind):
            yield from self._struct(part, array, path)
        elif types.is_map(kind):
            items = pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))
            yield from self._list(part, array.cast(items), path, numbered=False)
        elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
            yield from self._list(part, array, path)
        elif types.is_run_end_encoded(kind):
            import pyarrow.compute as pc

            yield from self._part(_with(part, pc.run_end_decode(array)), path)
        elif types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
            if part.name.telling:
                yield from self._judged(part, _numbers(array), path, quoted=False)
        elif types.is_date(kind) or types.is_timestamp(kind):
            verdict = part.name.verdict
            if verdict is not None and verdict.field.value == "date":
                yield from self._judged(part, array.cast(pa.date32()).cast(pa.string()), path, quoted=True)
        elif not (types.is_boolean(kind) or types.is_temporal(kind)):
            self.left_out.setdefault(path, str(kind))

    def _text(self, part: _Part, cells: pa.Array, path: str) -> Iterator[Cell]:
        import pyarrow.compute as pc

        if part.name.telling:
            yield from self._judged(part, cells, path, quoted=True)
            return
        if cells.null_count:
            cells = pc.fill_null(cells, b"")
        self.bytes += text_bytes(cells)
        for number, matches in cells_found(self._detector, cells).items():
            yield Cell(part.row(number), part.where(number), cells[number].as_py(), matches)

    def _judged(self, part: _Part, array: pa.Array, path: str, *, quoted: bool) -> Iterator[Cell]:
        """Values whose name is telling: each is judged, but once."""
        yield from self._dictionary(part, array.dictionary_encode(), path, quoted=quoted)

    def _dictionary(self, part: _Part, array: pa.Array, path: str, *, quoted: bool = True) -> Iterator[Cell]:
        import pyarrow as pa

        entries, indices = array.dictionary, array.indices
        if not (_is_texts(entries.type) or pa.types.is_binary(entries.type) or pa.types.is_string(entries.type)):
            yield from self._part(_with(part, array.dictionary_decode()), path)
            return
        entries = entries.cast(pa.large_binary())
        before = self._entries.get(path)
        if before is not None and before[0].equals(entries):
            found = before[1]
        else:
            self.bytes += text_bytes(entries)
            if part.name.telling:
                found = all_judged(entries, NamedValues(self._detector, part.name, quoted=quoted).find)
            else:
                found = cells_found(self._detector, entries.fill_null(b"") if entries.null_count else entries)
            if part.depth == 0:
                self._entries[path] = (entries, found)
        raw = {entry: entries[entry].as_py() for entry in found}  # one text for all rows that refer to it
        for number, entry in spread(found, indices):
            yield Cell(part.row(number), part.where(number), raw[entry], found[entry])

    def _struct(self, part: _Part, array: pa.Array, path: str) -> Iterator[Cell]:
        children = array.flatten()
        titles = [array.type.field(number).name for number in range(array.type.num_fields)]
        lower = [title.lower() for title in titles]
        label = next((lower.index(one) for one in _NAME_FIELDS if one in lower), -1)
        value = next((lower.index(one) for one in _VALUE_FIELDS if one in lower), -1)
        pairs = label >= 0 and value >= 0 and _is_text(children[label].type)
        for number, (title, child) in enumerate(zip(titles, children, strict=True)):
            if pairs and number == value:
                yield from self._named_by(part, children[label], child, path)
                continue
            shown = self._title(number, title)

            def where(at: int, shown: str = shown) -> str:
                return f"{part.where(at)}.{shown}"

            name = part.name if pairs and number == label else self._names.under(part.name, title)
            yield from self._part(_Part(child, name, part.rows, where, part.depth + 1), f"{path}.{shown}")

    def _named_by(self, part: _Part, labels: pa.Array, values: pa.Array, path: str) -> Iterator[Cell]:
        """Values whose names are in a column beside them."""
        import pyarrow as pa

        texts = labels.dictionary_decode() if pa.types.is_dictionary(labels.type) else labels
        encoded = texts.cast(pa.large_binary()).dictionary_encode()
        titles = [(one.as_py() or b"").decode("utf-8", "replace") for one in encoded.dictionary]
        names = [self._names.under(part.name, title) for title in titles]
        telling = {number for number, name in enumerate(names) if name.telling}
        places: dict[int, list[int]] = {number: [] for number in telling}
        others: list[int] = []
        if telling:
            for place, number in enumerate(encoded.indices.to_pylist()):
                places.get(number, others).append(place)
        else:
            others = list(range(len(values)))

        def where(place: int) -> str:
            title = (labels[place].as_py() or "") if labels[place].is_valid else ""
            text = title.decode("utf-8", "replace") if isinstance(title, bytes) else title
            fine = _PLAIN_NAME.fullmatch(text) and not find(self._detector, text.encode())
            return f"{part.where(place)}.{text}" if fine else f"{part.where(place)}.value"

        for number, wanted in [(-1, others), *sorted(places.items())]:
            if wanted:
                taken = pa.array(wanted, pa.int64())
                name = self._names.under(part.name, "value") if number < 0 else names[number]
                inner = part.taken(values.take(taken), taken, name, lambda at, wanted=wanted: where(wanted[at]))  # type: ignore[misc]
                yield from self._part(inner, f"{path}.value" if number < 0 else f"{path}.{number}")

    def _list(self, part: _Part, array: pa.Array, path: str, *, numbered: bool = True) -> Iterator[Cell]:
        import pyarrow.compute as pc

        parents = pc.list_parent_indices(array)

        def where(place: int) -> str:
            parent = parents[place].as_py()
            if not numbered:
                return part.where(parent)
            first = bisect_left(range(place + 1), parent, key=lambda at: parents[at].as_py())
            return f"{part.where(parent)}[{place - first}]"

        yield from self._part(part.taken(pc.list_flatten(array), parents, part.name, where), f"{path}[]")


def _with(part: _Part, array: pa.Array) -> _Part:
    return _Part(array, part.name, part.rows, part.where, part.depth)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind.id == _view_types()[0])


def _is_texts(kind: pa.DataType) -> bool:
    """Text or bytes of a kind that is cast to large_binary first."""
    import pyarrow as pa

    return (
        pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or kind.id in _view_types()
    )


def _view_types() -> tuple[int, int]:
    import pyarrow.lib as lib

    return getattr(lib, "Type_STRING_VIEW", -1), getattr(lib, "Type_BINARY_VIEW", -1)


def _numbers(array: pa.Array) -> pa.Array:
    """Write numbers as text; a floating one is often a whole one in a column that has nulls."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_floating(array.type):
        array = array.cast(pa.float64())
        whole = pc.and_(pc.is_finite(array), pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), 2.0**53)))
        array = pc.if_else(whole, array, None).cast(pa.int64())
    return array.cast(pa.string())
