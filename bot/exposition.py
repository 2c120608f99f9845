"""Numbers in Prometheus' text form (exposition format 0.0.4)."""

from collections.abc import Iterable, Mapping, Sequence

Labelled = Sequence[tuple[Mapping[str, str], float]]


def gauge(name: str, meaning: str, values: Labelled) -> list[str]:
    """A number that goes up and down, for each set of labels."""
    return [f"# HELP {name} {meaning}", f"# TYPE {name} gauge", *(_line(name, *value) for value in values)]


def histogram(name: str, meaning: str, seen: Sequence[float], *, bounds: Iterable[float]) -> list[str]:
    """How many of the values seen were at most as large as each bound, their sum and their number."""
    buckets = [({"le": f"{bound:g}"}, sum(value <= bound for value in seen)) for bound in bounds]
    return [
        f"# HELP {name} {meaning}",
        f"# TYPE {name} histogram",
        *(_line(f"{name}_bucket", *bucket) for bucket in [*buckets, ({"le": "+Inf"}, len(seen))]),
        _line(f"{name}_sum", {}, sum(seen)),
        _line(f"{name}_count", {}, len(seen)),
    ]


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    inside = ",".join(f'{key}="{_label(text)}"' for key, text in labels.items())
    number = str(int(value)) if float(value).is_integer() else repr(float(value))
    return f"{name}{{{inside}}} {number}" if inside else f"{name} {number}"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
