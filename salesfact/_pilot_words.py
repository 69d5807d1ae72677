"""In which words is a pilot told of? Its verdict, its sentences, and why there is none."""

from __future__ import annotations

from salesfact._result import Refusal, Sentence

# -- the verdict -----------------------------------------------------------------------------------

CAN = Sentence(
    "This pilot can show what matters: if extra hours raise sales by {smallest} or more, it shows."
)
CANNOT = Sentence(
    "Hold this pilot only if you expect extra hours to raise sales by {mde} or more: it cannot show"
    " {smallest}, the smallest rise that matters."
)
CANNOT_BUT = Sentence(
    "Hold this pilot only if you expect extra hours to raise sales by {mde} or more: it cannot show"
    " {smallest}, the smallest rise that matters. What the past shows would make {expected}, if all"
    " of it were the hours' own doing (most likely between {expected_low} and {expected_high})."
)
AGAINST = Sentence(
    "We advise against this pilot as planned: it shows a rise in sales of {mde} or more, and not"
    " {smallest}, the smallest that matters. Even if all that the past shows were the hours' own"
    " doing, they would add {expected}, most likely between {expected_low} and {expected_high}."
)
AGAINST_THOUGH = Sentence(
    "We advise against this pilot as planned. It can show {smallest}, the smallest rise in sales"
    " that matters; but even if all that the past shows were the hours' own doing, they would add"
    " {expected}, most likely between {expected_low} and {expected_high}, and below {mde} it shows"
    " nothing."
)
AGAINST_NOTHING = Sentence(
    "We advise against this pilot as planned: it shows a rise in sales of {mde} or more, and in the"
    " past more hours did not go with more sales at all. It is worth holding only if you believe"
    " that reps went where sales were falling: that hides what hours do."
)
BETTER_PAIRS = Sentence(
    "Better: {better_pairs} pairs instead of {pairs} would show a rise as small as that."
)
BETTER_MONTHS = Sentence(
    "Better: {better_months} months instead of {months} would show a rise as small as that."
)
BETTER_BOTH = Sentence(
    "Better: all {all_pairs} pairs over {better_months} months would show a rise as small as that."
)
BETTER_HOURS = Sentence(
    "Better: about {better_hours} extra hours a month instead of {hours}; by the same estimate that"
    " would add as much as the pilot shows."
)
BETTER_NONE_HOURS = Sentence(
    "Better none: neither all {all_pairs} pairs nor another length would make it show, and it would"
    " take about {better_hours} extra hours a month each, {better_part} of all the hours that the"
    " reps log today."
)
BETTER_NONE = Sentence(
    "Better none: neither all {all_pairs} pairs, nor another length, nor up to {most_hours} extra"
    " hours a month would make it show."
)

# -- the plan --------------------------------------------------------------------------------------

WHO = Sentence(
    "{customers} customers in {pairs} pairs that are as alike as can be: in each, a lot decides who"
    " gets {hours} extra hours a month over {months} months, from {start}. The other is looked"
    " after as usual."
)
LATEST = Sentence("It begins in {start} or not at all: later, plan it anew.")
WHO_IF = Sentence(
    "It would have {customers} customers in {pairs} pairs that are as alike as can be: in each, a"
    " lot would decide who gets {hours} extra hours a month over {months} months."
)
SHOWS = Sentence(
    "If extra hours raise sales by {mde} or more, that shows in {power} of cases: so say pilots"
    " tried on your own past, seasons and lost customers included."
)
FOLLOWS = Sentence(
    "What matters follows from the settings: {matters} more sales where hours about double, which"
    " with these hours is {smallest}."
)
MORE = Sentence("{better_pairs} pairs would be enough to show {smallest}.")
LONGER = Sentence(
    "Over {better_months} months the {pairs} pairs would be enough to show {smallest}."
)
BOTH = Sentence("All {all_pairs} pairs over {better_months} months would be enough for {smallest}.")
NEVER = Sentence(
    "No number of pairs and no length tried would be enough for {smallest}; at best, over"
    " {best_months} months, the {pairs} pairs show {best_mde}. If extra hours do less than that,"
    " this pilot cannot tell."
)
SHARPER = Sentence(
    "Over {longer} months instead of {shorter} the {pairs} pairs would show {mde_longer} instead of"
    " {mde_shorter}."
)
BLUNT = Sentence(
    "{longer} months would hardly be better than {shorter}: the {pairs} pairs would show"
    " {mde_longer} against {mde_shorter}, as customers change more of their own accord in a longer"
    " time."
)
HOURS = Sentence(
    "In an average month of the last {span}, those drawn got {today} h each; {hours} extra are"
    " {more} on top of that. For the reps it is {monthly} hours a month more, {part} of the"
    " {all_hours} they logged for all customers in such a month."
)
HOURS_IF = Sentence(
    "In an average month of the last {span}, those drawn got {today} h each; {hours} extra would be"
    " {more} on top of that. For the reps it would be {monthly} hours a month more, {part} of the"
    " {all_hours} they logged for all customers in such a month."
)
HOURS_NEW = Sentence(
    "Those drawn get no hours today. For the reps it is {monthly} hours a month more, {part} of the"
    " {all_hours} they logged for all customers in an average month of the last {span}."
)
HOURS_NEW_IF = Sentence(
    "Those drawn get no hours today. For the reps it would be {monthly} hours a month more, {part}"
    " of the {all_hours} they logged for all customers in an average month of the last {span}."
)
EMPTY = Sentence(
    "In one of those months nobody logged any hours; the average counts it.",
    "In {empty} of those months nobody logged any hours; the average counts them.",
    n="empty",
)
CLOSED = Sentence(
    "In {closed_first} {closed_hours} of the {extra_hours} extra hours can hardly be given: in"
    " earlier years next to no hours were logged in that month. Choose other months, or give them"
    " in the others.",
    "In {closed} of the months, first {closed_first}, {closed_hours} of the {extra_hours} extra"
    " hours can hardly be given: in earlier years next to no hours were logged in those months."
    " Choose other months, or give them in the others.",
    n="closed",
)
COST = Sentence(
    "It takes {extra_hours} extra hours in all. They must not be taken from the customers they are"
    " compared with, or the pilot shows too much."
)
APART = Sentence(
    "In one of the {pairs} pairs, one bought more than twice as much as the other in the last year;"
    " the comparison allows for what each bought before.",
    "In {apart} of the {pairs} pairs, one bought more than twice as much as the other in the last"
    " year; the comparison allows for what each bought before.",
    n="apart",
)
UNLISTED = Sentence(
    "One customer takes no part, as its number looks like a personal identity number, which no list"
    " may hold.",
    "{unlisted} customers take no part, as their numbers look like personal identity numbers, which"
    " no list may hold.",
    n="unlisted",
)
HEADLINE = Sentence("{pairs} pairs over {months} months show an effect of {mde} or more")
HEADLINE_SHORT = Sentence(
    "{pairs} pairs over {months} months show an effect of {mde} or more, but not {smallest}"
)
HEADLINE_AGAINST = Sentence(
    "{pairs} pairs over {months} months show an effect of {mde} or more; what the past shows is"
    " consistent with {expected}"
)

# -- no pilot --------------------------------------------------------------------------------------

YOUNG = Refusal(
    Sentence(
        "A pilot of {months} months cannot be planned: the facts cover {history} whole months, and"
        " it takes {needed_history} to see how much customers change of their own accord: a year,"
        " the month until it begins, and its own length.",
        "A pilot of {months} months cannot be planned: the facts cover {history} whole months, and"
        " it takes {needed_history} to see how much customers change of their own accord: a year,"
        " the {wait} months until it begins, and its own length.",
        n="wait",
    ),
    Sentence("Supply earlier years of the sales lines or newer ones, or plan a shorter pilot."),
)
FEW = Refusal(
    Sentence(
        "A pilot cannot be planned: {candidates} customers have bought for a year and often enough,"
        " which makes {all_pairs} pairs with the same rep; it takes at least {least}."
    ),
    Sentence("Supply more of the sales lines, or exclude fewer customers."),
)
SWINGS = Refusal(
    Sentence(
        "A pilot cannot be planned: the {pairs_asked} pairs change so much of their own accord that"
        " hardly any effect would show."
    ),
    Sentence("Supply more of the sales lines, ask for more pairs, or exclude fewer customers."),
)
