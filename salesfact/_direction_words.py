"""In which words does the first page speak? Its sentences; the chapters say the same at length."""

from __future__ import annotations

from salesfact._course_told import BETTER, WORSE
from salesfact._result import Sentence

NOBODY_KNOWN = Sentence("Who fell behind cannot be told yet.")
NO_YEAR = Sentence("What changed in a year cannot be told: the facts begin on {first}.")
NO_MONTHS = Sentence(
    "What changed in a month cannot be told: the facts begin on {first}.",
    "What changed in {months} months cannot be told: the facts begin on {first}.",
    n="months",
)
REVENUE_YEAR = Sentence("Revenue over the last year: {revenue_now}.")
REVENUE_MONTHS = Sentence(
    "Revenue over the last month: {revenue_now}.",
    "Revenue over the last {months} months: {revenue_now}.",
    n="months",
)
#: whether revenue rose
CHANGE_YEAR = {
    True: Sentence(
        "Revenue rose by {revenue_size} ({revenue_size_share}) over the last year; the largest part"
        " is {driver} ({driver_amount})."
    ),
    False: Sentence(
        "Revenue fell by {revenue_size} ({revenue_size_share}) over the last year; the largest part"
        " is {driver} ({driver_amount})."
    ),
}
CHANGE_MONTHS = {
    True: Sentence(
        "Revenue rose by {revenue_size} ({revenue_size_share}) over the last month against the"
        " month before; the largest part is {driver} ({driver_amount}).",
        "Revenue rose by {revenue_size} ({revenue_size_share}) over the last {months} months"
        " against the {months} before, seasons included; the largest part is {driver}"
        " ({driver_amount}).",
        n="months",
    ),
    False: Sentence(
        "Revenue fell by {revenue_size} ({revenue_size_share}) over the last month against the"
        " month before; the largest part is {driver} ({driver_amount}).",
        "Revenue fell by {revenue_size} ({revenue_size_share}) over the last {months} months"
        " against the {months} before, seasons included; the largest part is {driver}"
        " ({driver_amount}).",
        n="months",
    ),
}
SURE = Sentence("Of each kind of alarm at most {level} are expected to be false.")
SURE_BACK = Sentence(
    "Of each kind of alarm at most {level} are expected to be false; of {flags} earlier alarms of"
    " silence, {flags_back} were followed by a new order after all."
)
BACK = Sentence(
    "Of {flags} earlier alarms of silence, {flags_back} were followed by a new order after all."
)
#: whether for most of them it may be mere chance
UNSURE = {
    False: Sentence(
        "{unsure} more customers are late or may be bringing in less, but it is not certain;"
        " {unsure_at_stake} in {measure} a year would be at stake there."
    ),
    True: Sentence(
        "{unsure} more customers are late or may be bringing in less, but for up to {watch_late} of"
        " them it may be mere chance; {unsure_at_stake} in {measure} a year would be at stake"
        " there."
    ),
}
LATE = {
    False: Sentence(
        "One more customer is late, but not certain to have gone silent; {unsure_at_stake} in"
        " {measure} a year would be at stake there.",
        "{unsure} more customers are late, but not certain to have gone silent; {unsure_at_stake}"
        " in {measure} a year would be at stake there.",
        n="unsure",
    ),
    True: Sentence(
        "One more customer is late, but it may be mere chance; {unsure_at_stake} in {measure} a"
        " year would be at stake there.",
        "{unsure} more customers are late, but for up to {watch_late} of them it may be mere"
        " chance; {unsure_at_stake} in {measure} a year would be at stake there.",
        n="unsure",
    ),
}
LATE_ALL = Sentence(
    "One more customer is late, which may be mere chance; {unsure_at_stake} in {measure} a year"
    " would be at stake there.",
    "{unsure} more customers are late, but for all of them it may be mere chance; {unsure_at_stake}"
    " in {measure} a year would be at stake there.",
    n="unsure",
)
MAYBE = Sentence(
    "One more customer may be bringing in less, but it is not certain; {unsure_at_stake} in"
    " {measure} a year would be at stake there.",
    "{unsure} more customers may be bringing in less, but it is not certain; {unsure_at_stake} in"
    " {measure} a year would be at stake there.",
    n="unsure",
)
MORE = Sentence(
    "One customer buys more than its own past explains, worth {more_at_stake} in {measure} a year.",
    "{more} customers buy more than their own past explains, worth {more_at_stake} in {measure} a"
    " year.",
    n="more",
)
#: whether money is margin
EXPECTED = {
    True: Sentence(
        "Over the next month {expected} in margin is expected, most likely between {expected_low}"
        " and {expected_high}; the same time up to now gave {expected_last}.",
        "Over the next {horizon} months {expected} in margin is expected, most likely between"
        " {expected_low} and {expected_high}; the same time up to now gave {expected_last}.",
        n="horizon",
    ),
    False: Sentence(
        "Over the next month {expected} in revenue is expected, most likely between {expected_low}"
        " and {expected_high}; the same time up to now gave {expected_last}.",
        "Over the next {horizon} months {expected} in revenue is expected, most likely between"
        " {expected_low} and {expected_high}; the same time up to now gave {expected_last}.",
        n="horizon",
    ),
}
EXPECTED_BARE = {
    True: Sentence(
        "Over the next month {expected} in margin is expected, against {expected_last} the same"
        " time up to now; how sure that is cannot be told yet.",
        "Over the next {horizon} months {expected} in margin is expected, against {expected_last}"
        " the same time up to now; how sure that is cannot be told yet.",
        n="horizon",
    ),
    False: Sentence(
        "Over the next month {expected} in revenue is expected, against {expected_last} the same"
        " time up to now; how sure that is cannot be told yet.",
        "Over the next {horizon} months {expected} in revenue is expected, against {expected_last}"
        " the same time up to now; how sure that is cannot be told yet.",
        n="horizon",
    ),
}
CARE = Sentence(
    "Plan with care: seen as a whole, without looking at customers, sales point to"
    " {expected_above} in {measure}, {expected_apart} away."
)
ALL_OF_ONE = {
    True: Sentence("All of the margin comes from one single customer, {largest}."),
    False: Sentence("All of the revenue comes from one single customer, {largest}."),
}
MOST_OF_ONE = {
    True: Sentence("One of {customers} customers, {largest}, brings {a_share} of the margin."),
    False: Sentence("One of {customers} customers, {largest}, brings {a_share} of the revenue."),
}
#: what `response` says of the hours
HOURS_FIT, HOURS_UNTOLD = "fit", "untold"
HOURS = {
    HOURS_FIT: Sentence(
        "Where a customer's hours about double, its sales are {hours_effect} higher: that is"
        " consistent with an effect of the hours."
    ),
    HOURS_UNTOLD: Sentence("Whether our hours do anything for sales cannot be told from the past."),
}
#: where ours is as good, the chapter on it says so
LIST = {
    BETTER: Sentence(
        "Our list by expected value was better than the best simple one at an earlier date: the"
        " first on it brought {list_share} of the money to come, against {list_naive_share}.",
        "Our list by expected value was better than the best simple one at {list_tests} earlier"
        " dates: the first on it brought {list_share} of the money to come, against"
        " {list_naive_share}.",
        n="list_tests",
    ),
    WORSE: Sentence(
        "Use the simple list rather than ours: at an earlier date the first on ours brought"
        " {list_share} of the money to come, against {list_naive_share}.",
        "Use the simple list rather than ours: at {list_tests} earlier dates the first on ours"
        " brought {list_share} of the money to come, against {list_naive_share}.",
        n="list_tests",
    ),
}
COUNTED = Sentence(
    "{fit_money} of the amounts that may be sales count, credits included; the rest is set aside,"
    " mostly because of: {lost_reason}."
)
SINCE = Sentence(
    "Since the last report ({previous_as_of}) one customer joined the list and {left} left it,"
    " {came_back} of them with a new order; the {measure} at stake with silent customers went from"
    " {silent_at_stake_before} to {silent_at_stake}.",
    "Since the last report ({previous_as_of}) {joined} customers joined the list and {left} left"
    " it, {came_back} of them with a new order; the {measure} at stake with silent customers went"
    " from {silent_at_stake_before} to {silent_at_stake}.",
    n="joined",
)
MOVED = Sentence(
    "Since the last report ({previous_as_of}) one customer joined the list and {left} left it,"
    " {came_back} of them with a new order.",
    "Since the last report ({previous_as_of}) {joined} customers joined the list and {left} left"
    " it, {came_back} of them with a new order.",
    n="joined",
)
AT_STAKE_SINCE = Sentence(
    "Since the last report ({previous_as_of}) the {measure} at stake with silent customers went"
    " from {silent_at_stake_before} to {silent_at_stake}."
)
