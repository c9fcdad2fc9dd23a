"""The five questions of `ringwork init`, and the blueprint that the answers make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.blueprint.model import AccountLayout, DataClass, WorkloadType
from ringwork.blueprint.read import loads
from ringwork.blueprint.regions import REGIONS
from ringwork.blueprint.suggest import help_for
from ringwork.source import InputError
from ringwork.source.shown import shown


@dataclass(frozen=True, slots=True)
class Question:
    """One question; its answer is text, for `many` words with commas or spaces between them."""

    id: str
    text: str
    default: str
    choices: tuple[str, ...] = ()
    """what each word may be; empty: any name"""
    many: bool = False

    def words(self, answer: str) -> tuple[str, ...]:
        """The words of an answer, each once; those of the default for an empty answer."""
        words = answer.replace(",", " ").split() if self.many else [answer.strip()]
        return tuple(dict.fromkeys(word for word in words if word)) or self.words(self.default)

    def fault(self, answer: str) -> str | None:
        """Why no blueprint can have this answer, in one line; None where it is right."""
        for word in self.words(answer):
            if self.choices and word not in self.choices:
                return f"`{shown(word)}` is not one of the answers; " + help_for(
                    word, self.choices, what="answers"
                )
        try:
            _compose({self.id: answer})
        except InputError as error:
            return error.message + (f"; {error.help}" if error.help else "")
        return None


QUESTIONS = (
    Question("organization", "What is the short name of your organization?", "acme"),
    Question(
        "region",
        "Which AWS Region is home?",
        "eu-central-1",
        choices=tuple(region for regions in REGIONS.values() for region in regions),
    ),
    Question("teams", "Which teams work with ML? (several: a, b)", "research", many=True),
    Question(
        "data_class",
        "How sensitive is your most sensitive data? (public, internal, confidential, restricted)",
        DataClass.CONFIDENTIAL.value,
        choices=tuple(kind.value for kind in DataClass),
    ),
    Question(
        "workloads",
        "What do the teams run? (" + ", ".join(kind.value for kind in WorkloadType) + ")",
        "notebook, training, endpoint",
        choices=tuple(kind.value for kind in WorkloadType),
        many=True,
    ),
)

_NAMES = {
    WorkloadType.STUDIO: "studio",
    WorkloadType.NOTEBOOK: "explore",
    WorkloadType.PROCESSING: "prepare",
    WorkloadType.TRAINING: "train",
    WorkloadType.PIPELINE: "release",
    WorkloadType.ENDPOINT: "serve",
    WorkloadType.BATCH: "score",
    WorkloadType.ENCLAVE: "sealed",
}
_GRANTS = {
    WorkloadType.STUDIO: "reads: [training-data]",
    WorkloadType.NOTEBOOK: "reads: [training-data]",
    WorkloadType.PROCESSING: "reads: [training-data], writes: [training-data]",
    WorkloadType.TRAINING: "reads: [training-data], produces: [model]",
    WorkloadType.PIPELINE: "serves: [model]",
    WorkloadType.ENDPOINT: "serves: [model]",
    WorkloadType.BATCH: "reads: [training-data], serves: [model], writes: [results]",
    WorkloadType.ENCLAVE: "serves: [model]",
}
_CALLERS = (WorkloadType.STUDIO, WorkloadType.NOTEBOOK, WorkloadType.PIPELINE)
"""Who tries the endpoint."""


def compose(answers: Mapping[str, str]) -> str:
    """The blueprint that the answers make, as YAML; `answers` has question ids, an absent one takes its
    default.

    Raises InputError for an answer that no blueprint can have.
    """
    for question in QUESTIONS:
        fault = question.fault(answers[question.id]) if question.id in answers else None
        if fault is not None:
            raise InputError(fault)
    return _compose(answers)


def _compose(answers: Mapping[str, str]) -> str:
    given = {question.id: question.words(answers.get(question.id, "")) for question in QUESTIONS}
    organization, region, data_class = (given[key][0] for key in ("organization", "region", "data_class"))
    kinds = [kind for kind in WorkloadType if kind.value in given["workloads"]]
    layout = AccountLayout.PER_TEAM if len(given["teams"]) > 1 else AccountLayout.ONE
    lines = [
        "# Made by `ringwork init`. What is not declared here is refused.",
        "ringwork: 1",
        f"organization: {_quoted(organization)}",
        f"regions: [{_quoted(region)}]",
        "",
        "accounts:",
        f"  layout: {layout.value}  # one, per-team or per-team-and-stage",
        "",
        "teams:",
    ]
    for team in given["teams"]:
        lines += [
            f"  {_quoted(team)}:",
            "    data:",
            f"      training-data: {{class: {_quoted(data_class)}}}",
        ]
        if WorkloadType.BATCH in kinds:
            lines.append(f"      results: {{class: {_quoted(data_class)}}}")
        lines += ["    models:", f"      model: {{class: {_quoted(data_class)}}}", "    workloads:"]
        lines += [f"      {_NAMES[kind]}: {{type: {kind.value}, {_GRANTS[kind]}}}" for kind in kinds]
    targets = [kind for kind in kinds if kind in (WorkloadType.ENDPOINT, WorkloadType.ENCLAVE)]
    flows = [
        f"  - {{from: {_quoted(f'{team}/{_NAMES[caller]}')}, "
        f"to: {_quoted(f'{team}/{_NAMES[target]}')}, port: 443}}"
        for team in given["teams"]
        for target in targets
        for caller in _CALLERS
        if caller in kinds
    ]
    if flows:
        lines += ["", "# Who may open connections to whom.", "flows:", *flows]
    lines += ["", "# What must never happen.", "intents:"]
    lines += [
        f"  - {{rule: never, from: internet, to: {_quoted(f'data:{team}/training-data')}}}"
        for team in given["teams"]
    ]
    text = "\n".join(lines) + "\n"
    loads(text, "the new blueprint")
    return text


def _quoted(word: str) -> str:
    """A word as YAML: plain where it is a plain name, in quotes otherwise."""
    plain = word.replace("-", "").replace("/", "")
    if plain.isalnum() and plain.isascii() and word[0].isalpha() and word.lower() not in _SPECIAL:
        return word
    return '"' + "".join(_escaped(character) for character in word) + '"'


_SPECIAL = ("true", "false", "null")


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else "?"
