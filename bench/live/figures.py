"""A measured figure beside what we hold ourselves to, and tables of them."""
import dataclasses
import json
import operator

COMPARE = {"<=": operator.le, ">=": operator.ge, "<": operator.lt}


@dataclasses.dataclass
class Figure:
    """`target` is (comparison, number) or None where nothing was promised."""
    part: str
    name: str
    reached: float | None
    unit: str = ""
    target: tuple | None = None
    remark: str = ""

    @property
    def met(self):
        """None: nothing to be met, or not measured."""
        if self.target is None or self.reached is None:
            return None
        compare, number = self.target
        return COMPARE[compare](self.reached, number)

    def row(self):
        target = f"{self.target[0]} {self.target[1]:g}" if self.target else ""
        reached = "-" if self.reached is None else f"{self.reached:.4g}" if abs(self.reached) < 10 else f"{self.reached:.1f}"
        return (self.part, self.name, target, reached, self.unit, {True: "met", False: "MISSED", None: ""}[self.met],
                self.remark)


def table(figures):
    rows = [("part", "figure", "target", "reached", "", "", ""), *(f.row() for f in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) if i in (2, 3) else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join([*cells, row[6]]).rstrip())
    return "\n".join(lines)


def as_json(figures):
    return json.dumps([{**dataclasses.asdict(f), "met": f.met} for f in figures], indent=1)


def missed(figures):
    return [f for f in figures if f.met is False]
