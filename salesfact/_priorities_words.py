"""In which words are those to call told of? The sentences and headlines of `priorities`."""

from __future__ import annotations

from salesfact._language import N_
from salesfact._result import Refusal, Sentence

SILENT_MARGIN = Sentence(
    N_(
        "One customer has gone silent, with {silent_at_stake} of a year's margin at stake: "
        "{named}. Of such alarms, at most {level} are expected to be false."
    ),
    N_(
        "{silent} customers have gone silent, with {silent_at_stake} of a year's margin at "
        "stake; at most {level} of them are expected to be false alarms. Call first: {named}."
    ),
    "silent",
)
SILENT_REVENUE = Sentence(
    N_(
        "One customer has gone silent, with {silent_at_stake} of a year's revenue at stake: "
        "{named}. Of such alarms, at most {level} are expected to be false."
    ),
    N_(
        "{silent} customers have gone silent, with {silent_at_stake} of a year's revenue at "
        "stake; at most {level} of them are expected to be false alarms. Call first: {named}."
    ),
    "silent",
)
LATE_TOO = Sentence(
    N_(
        "One more customer is late, but not certain to have gone silent; {watch_at_stake} in"
        " {measure} is at stake there."
    ),
    N_(
        "{watch} more customers are late, but not certain to have gone silent; {watch_at_stake} in"
        " {measure} is at stake there. For up to {watch_late} of them it may be mere chance."
    ),
    "watch",
)
LATE_TOO_ALL = Sentence(
    N_(
        "One more customer is late, but not certain to have gone silent; {watch_at_stake} in"
        " {measure} is at stake there, and it may be mere chance."
    ),
    N_(
        "{watch} more customers are late, but not certain to have gone silent; {watch_at_stake} in"
        " {measure} is at stake there. For all of them it may be mere chance."
    ),
    "watch",
)
ONLY_LATE_MARGIN = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, with {watch_at_stake} of a "
        "year's margin at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's margin at stake; for up to {watch_late} of them it may be mere chance. Look "
        "first at {named}."
    ),
    "watch",
)
ONLY_LATE_REVENUE = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, with {watch_at_stake} of a "
        "year's revenue at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's revenue at stake; for up to {watch_late} of them it may be mere chance. Look "
        "first at {named}."
    ),
    "watch",
)
ONLY_LATE_ALL_MARGIN = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, which may be mere chance, with "
        "{watch_at_stake} of a year's margin at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's margin at stake; for all of them it may be mere chance. Look first at {named}."
    ),
    "watch",
)
ONLY_LATE_ALL_REVENUE = Sentence(
    N_(
        "No customer is certain to have gone silent. One is late, which may be mere chance, with "
        "{watch_at_stake} of a year's revenue at stake: {named}."
    ),
    N_(
        "No customer is certain to have gone silent. {watch} are late, with {watch_at_stake} of "
        "a year's revenue at stake; for all of them it may be mere chance. Look first at {named}."
    ),
    "watch",
)
BOTH_MARGIN = Sentence(
    "{certain} customers have gone silent or bring in less than before, with {certain_at_stake} of"
    " a year's margin at stake. Call first: {named}."
)
BOTH_REVENUE = Sentence(
    "{certain} customers have gone silent or bring in less than before, with {certain_at_stake} of"
    " a year's revenue at stake. Call first: {named}."
)
OF_SILENT = Sentence(
    "One of them has gone silent ({silent_at_stake}); of such alarms, at most {level} are expected"
    " to be false.",
    "{silent} of them have gone silent ({silent_at_stake}); at most {level} of these are expected"
    " to be false alarms.",
    n="silent",
)
OF_FEWER = Sentence(
    "One still buys, but brings in less than its own past explains ({fewer_at_stake}); of each kind"
    " of change at most {level} are expected to be false alarms, or two to three times as many"
    " where customers' habits swing a great deal of their own accord.",
    "{fewer} still buy, but bring in less than their own past explains ({fewer_at_stake}); of each"
    " kind of change at most {level} are expected to be false alarms, or two to three times as many"
    " where customers' habits swing a great deal of their own accord.",
    n="fewer",
)
FEWER_MARGIN = Sentence(
    "One customer still buys, but brings in less than its own past explains, with {fewer_at_stake}"
    " of a year's margin at stake: {named}.",
    "{fewer} customers still buy, but bring in less than their own past explains, with"
    " {fewer_at_stake} of a year's margin at stake. Call first: {named}.",
    n="fewer",
)
FEWER_REVENUE = Sentence(
    "One customer still buys, but brings in less than its own past explains, with {fewer_at_stake}"
    " of a year's revenue at stake: {named}.",
    "{fewer} customers still buy, but bring in less than their own past explains, with"
    " {fewer_at_stake} of a year's revenue at stake. Call first: {named}.",
    n="fewer",
)
EACH_KIND = Sentence(
    "Of each kind of change at most {level} are expected to be false alarms, or two to three times"
    " as many where customers' habits swing a great deal of their own accord."
)
MAYBE = Sentence(
    "One more customer may be bringing in less, but it is not certain; {maybe_at_stake} in"
    " {measure} a year would be at stake there.",
    "{maybe} more customers may be bringing in less, but it is not certain; {maybe_at_stake} in"
    " {measure} a year would be at stake there.",
    n="maybe",
)
ONLY_MAYBE = Sentence(
    "No customer is certain to have gone silent or to bring in less. One may be bringing in less,"
    " which would put {maybe_at_stake} in {measure} a year at stake: {named}.",
    "No customer is certain to have gone silent or to bring in less. {maybe} may be bringing in"
    " less, which would put {maybe_at_stake} in {measure} a year at stake. Look first at {named}.",
    n="maybe",
)
LEFT_OUT = Sentence(
    "One more customer is not on the list, for no money is at stake there; it stands in the chapter"
    " on what changed.",
    "{left_out} more customers are not on the list, for no money is at stake there; they stand in"
    " the chapter on what changed.",
    n="left_out",
)
NOTHING_AT_STAKE = Sentence("There is no customer to call: nothing is at stake with any.")
NOBODY_LATE = Sentence("No customer is later than its own rhythm explains.")
NOBODY_CHANGED = Sentence(
    "No customer is later than its own rhythm explains, or brings in less than its own past does."
)
HEADLINE_SILENT = Sentence(
    "{silent_at_stake} in {measure} is at stake with one customer who has gone silent",
    "{silent_at_stake} in {measure} is at stake with {silent} customers who have gone silent",
    n="silent",
)
HEADLINE_BOTH = Sentence(
    "{certain_at_stake} in {measure} is at stake with {certain} customers who have gone silent or"
    " bring in less"
)
HEADLINE_FEWER = Sentence(
    "{fewer_at_stake} in {measure} is at stake with one customer who brings in less than before",
    "{fewer_at_stake} in {measure} is at stake with {fewer} customers who bring in less than"
    " before",
    n="fewer",
)
HEADLINE_LATE = Sentence(
    "No customer is certain to have gone silent; one is late",
    "No customer is certain to have gone silent; {watch} are late",
    n="watch",
)
HEADLINE_MAYBE = Sentence(
    "No customer is certain to bring in less; one may be",
    "No customer is certain to bring in less; {maybe} may be",
    n="maybe",
)
NOBODY_KNOWN = Refusal(
    Sentence(N_("Who fell behind cannot be told: the facts are too short or orders too few.")),
    Sentence(N_("Supply earlier years of the sales lines.")),
)
