"""What a lesson from a file shows: its data, its numbers and its pictures, computed like any other lesson's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import metrics_core as mc
from app.lessons.lesson import KnobValue, Live
from app.lessons.pictures import Bar, Bars, Matrix, Picture, Tiles
from app.lessons.scenario import Data
from app.lessons.toml_fields import Fields
from app.views.wording import substituted

RULES = ("average", "pooling", "zero", "class", "ignore", "background")
RECIPE_FIELDS = tuple(each.name for each in fields(mc.Recipe) if each.type in ("int", "float"))
_MOST_PIXELS, _MOST_SIDE, _MOST_IMAGES, _MOST_CLASSES = 1_000_000, 256, 24, 12
_SMALL = 6


@dataclass(frozen=True, kw_only=True)
class NamedNumber:
    """A number as the file asks for it: a formula and its rules; where: its table, for refusals."""

    formula: mc.Formula
    rules: Mapping[str, Any]
    where: Fields


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the file says about data and numbers.

    aims: what each knob sets, by its name: ("cell", (true, predicted)), ("field", name) or ("rule", name). bars: the
    numbers that are drawn. explain: the number whose formula is shown.
    """

    scenario: Fields
    named: Mapping[str, NamedNumber]
    aims: Mapping[str, tuple[str, Any]]
    bars: tuple[str, ...]
    explain: str


def live(plan: Plan, knobs: Mapping[str, KnobValue]) -> Live:
    """The lesson with its knobs where they are."""
    data = _data(plan, knobs)
    rules = {name: knobs[key] for key, (aim, name) in plan.aims.items() if aim == "rule"}
    numbers = {name: _value(named, data, rules) for name, named in plan.named.items()}
    bars = tuple(Bar(label=name.replace("_", " "), value=numbers[name]) for name in plan.bars)
    low = min((bar.value for bar in bars if bar.value < 0), default=0.0)
    small = plan.scenario.values["kind"] != "counts" and len(data.image_names) <= _SMALL
    setting: Picture = Tiles(data=data, label=None) if small else Matrix(statistics=data.statistics, unit="counts")
    return Live(
        numbers=dict(knobs) | numbers,
        setting=setting,
        outcome=Bars(bars=bars, low=low),
        formula=_equation(plan, data),
        data=data,
    )


def _equation(plan: Plan, data: Data) -> str:
    """The explained number's formula, with counts where it is one class's."""
    named, name = plan.named[plan.explain], plan.explain.replace("_", r"\ ")
    words = rf"\text{{{name}}} = {named.formula.latex}"
    label = named.rules.get("class")
    if label in data.class_names:
        words += f" = {substituted(named.formula, *data.counts(data.class_names.index(label)))}"
    return words + f" = {{{{{plan.explain}:.3f}}}}"


def _value(named: NamedNumber, data: Data, turned: Mapping[str, Any]) -> float:
    rules = dict(turned) | dict(named.rules)
    where, names = named.where, list(data.class_names)
    given = replace(where, values=rules)
    zero = given.choice("zero", ("drop", "0", "1"), default="drop")
    rule: dict[str, Any] = {
        "pooling": given.choice("pooling", ("dataset", "image"), default="dataset"),
        "zero_division": math.nan if zero == "drop" else float(zero),
    }
    if "class" in rules:
        label = names.index(given.choice("class", names))
        return data.score(named.formula, average="macro", excluded_classes=_others(names, label), **rule)
    ignored = tuple(names.index(name) for name in given.texts("ignore", least=0, most=len(names), limit=80))
    background = rules.get("background", True)
    if not isinstance(background, bool):
        raise where.error("background", "true or false")
    left_out = ignored if background else (*ignored, 0)
    average = given.choice("average", ("macro", "micro", "weighted"), default="macro")
    return data.score(named.formula, average=average, ignored_classes=ignored, excluded_classes=left_out, **rule)


def _others(names: list[str], label: int) -> tuple[int, ...]:
    return tuple(other for other in range(len(names)) if other != label)


def _data(plan: Plan, knobs: Mapping[str, KnobValue]) -> Data:
    scenario = plan.scenario
    turned = {aim: knobs[key] for key, aim in plan.aims.items()}
    kind = scenario.choice("kind", ("counts", "recipe", "example"))
    if kind == "counts":
        return _from_counts(scenario, {name: value for (aim, name), value in turned.items() if aim == "cell"})
    if any(aim == "cell" for aim, _ in turned):
        raise scenario.error("kind", '"counts" for a knob that sets a cell')
    if kind == "recipe":
        return _from_recipe(scenario, {name: value for (aim, name), value in turned.items() if aim == "field"})
    if any(aim == "field" for aim, _ in turned):
        raise scenario.error("kind", '"recipe" for a knob that sets a field')
    return _from_example(scenario)


def _from_counts(scenario: Fields, cells: Mapping[tuple[int, int], KnobValue]) -> Data:
    scenario.refuse_others("kind", "classes", "counts")
    classes = scenario.texts("classes", least=2, most=_MOST_CLASSES, limit=40)
    given: Any = scenario.values.get("counts")
    rows = [list(row) for row in given if isinstance(row, list)] if isinstance(given, list) else []
    for (true, predicted), value in cells.items():
        if len(rows) == len(classes) == len(rows[true]):
            rows[true][predicted] = value
    square = len(rows) == len(classes) and all(len(row) == len(classes) for row in rows)
    counts = [count for row in rows for count in row]
    if not square or not all(type(count) is int and count >= 0 for count in counts):
        expected = f"{len(classes)} lists of {len(classes)} whole numbers from 0 on, the knobs' values among them"
        raise scenario.error("counts", expected)
    if not 1 <= sum(counts) <= _MOST_PIXELS:
        raise scenario.error("counts", f"1 to {_MOST_PIXELS:,} pixels in all")
    return Data.from_counts(rows, class_names=classes)


def _from_recipe(scenario: Fields, turned: Mapping[str, KnobValue]) -> Data:
    scenario.refuse_others("kind", "recipe", *RECIPE_FIELDS)
    base = mc.RECIPES[scenario.choice("recipe", list(mc.RECIPES))]
    set_here = {name: value for name, value in scenario.values.items() if name in RECIPE_FIELDS} | dict(turned)
    for name, value in set_here.items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise scenario.error(name, "a number")
    recipe = replace(base, **({"images": 4, "height": 96, "width": 96} | set_here))
    if recipe.images > _MOST_IMAGES or max(recipe.height, recipe.width) > _MOST_SIDE:
        raise scenario.error("recipe", f"at most {_MOST_IMAGES} images of {_MOST_SIDE} x {_MOST_SIDE} pixels")
    return Data.from_dataset(mc.synthetic_dataset(recipe))


def _from_example(scenario: Fields) -> Data:
    scenario.refuse_others("kind", "data", "model")
    infos = {info.key: info for info in mc.list_datasets()}
    info = infos[scenario.choice("data", list(infos))]
    model = scenario.choice("model", info.model_names, default=info.model_names[0])
    dataset = mc.load_dataset(info.key)
    if dataset.target.ndim != 3 or dataset.target.numel() > 4 * _MOST_PIXELS:
        raise scenario.error("data", "a data set of pictures with at most 4 million pixels")
    return Data.from_dataset(dataset, model=model)
