"""In which words is told where hours go? The sentences and headlines of `ruts`."""

from __future__ import annotations

from salesfact._result import Refusal, Sentence

# why there is no rut weight
YOUNG, FEW, MANY, SPLITS, WIDE = "years", "activities", "customers", "splits", "range"

# of money: True where it is margin, False where revenue
HABIT = {
    True: Sentence(
        "{habit_hours} of {hours} hours went, for the second year running, to customers beyond what"
        " their margin explains."
    ),
    False: Sentence(
        "{habit_hours} of {hours} hours went, for the second year running, to customers beyond what"
        " their revenue explains."
    ),
}
WHO = {
    True: Sentence(
        "All of them went to {habit_top}, with {their_hours} of all hours and {their_value_share}"
        " of the margin ({their_value}).",
        "The {habit_customers} customers who got them have {their_hours} of all hours and bring"
        " {their_value_share} of the margin ({their_value}); most went to {habit_top}.",
        n="habit_customers",
    ),
    False: Sentence(
        "All of them went to {habit_top}, with {their_hours} of all hours and {their_value_share}"
        " of the revenue ({their_value}).",
        "The {habit_customers} customers who got them have {their_hours} of all hours and bring"
        " {their_value_share} of the revenue ({their_value}); most went to {habit_top}.",
        n="habit_customers",
    ),
}
CHANCE_TWICE = Sentence(
    "That is {habit_share} of the hours; by chance alone it would be about {chance_twice}."
)
BEYOND = {
    True: Sentence(
        "Of {hours} hours in the last twelve months, {excess_hours} ({excess_share}) went to"
        " customers beyond what their margin explains."
    ),
    False: Sentence(
        "Of {hours} hours in the last twelve months, {excess_hours} ({excess_share}) went to"
        " customers beyond what their revenue explains."
    ),
}
OF_BEYOND = {
    True: Sentence(
        "In the last twelve months alone, {excess_hours} hours ({excess_share}) went beyond what"
        " customers' margin explains."
    ),
    False: Sentence(
        "In the last twelve months alone, {excess_hours} hours ({excess_share}) went beyond what"
        " customers' revenue explains."
    ),
}
OF_BEYOND_BY_CHANCE = Sentence(
    "In the last twelve months alone it is {excess_share} of the hours; by chance alone it would be"
    " about {chance_share}."
)
CHANCE = Sentence("By chance alone it would be about {chance_share}.")
FACT = Sentence("This is where the hours went, not what they would have brought elsewhere.")
KEPT = {
    True: Sentence(
        "From one year to the next, {effort_alike} of the hours stayed with the same customers, and"
        " {kept_alike} of the margin; had nobody's part changed, chance alone would make it"
        " about {effort_most} and {kept_most}."
    ),
    False: Sentence(
        "From one year to the next, {effort_alike} of the hours stayed with the same customers, and"
        " {kept_alike} of the revenue; had nobody's part changed, chance alone would make it"
        " about {effort_most} and {kept_most}."
    ),
}
UNEVEN = {
    True: Sentence(
        "Hours are spread with a Gini coefficient of {effort_gini}, margin with {value_gini};"
        " nought would be all customers alike, one all with a single customer."
    ),
    False: Sentence(
        "Hours are spread with a Gini coefficient of {effort_gini}, revenue with {value_gini};"
        " nought would be all customers alike, one all with a single customer."
    ),
}
STICKIER = {
    True: Sentence("So hours stay more than margin does."),
    False: Sentence("So hours stay more than revenue does."),
}
LASTING = {
    True: Sentence("Where margin stays, hours that stay are no rut."),
    False: Sentence("Where revenue stays, hours that stay are no rut."),
}
WEIGHED = Sentence(
    "Where one of the {weighed} customers with enough visits and calls got more of them than its"
    " value explains, {weight} of that lead was left a year later ({weight_low} to {weight_high})."
)
BOUND = Sentence(
    "Habit is at most that much: good judgement that shows in no figure looks like a rut."
)
UNSTATED = Sentence(
    "Only {stated} of the activities say how long they took; the others count as no time."
)
WEIGHT = {
    "": [WEIGHED, BOUND],
    YOUNG: [
        Sentence(
            "How strong habit is cannot be told: the activity log does not cover the last two"
            " years."
        )
    ],
    FEW: [
        Sentence(
            "How strong habit is cannot be told apart from chance: customers have {mean_activities}"
            " activities a year on average, and it takes {min_activities}."
        )
    ],
    MANY: [
        Sentence(
            "How strong habit is cannot be told: it takes {min_customers} customers with orders and"
            " enough activities in both years."
        )
    ],
    SPLITS: [
        Sentence(
            "How strong habit is cannot be told: two ways of reckoning chance out of it disagree,"
            " as where some customers are visited in rounds and others in bursts."
        )
    ],
    WIDE: [
        Sentence(
            "How strong habit is cannot be told: customers are too few, or too alike, to tell it"
            " from value."
        )
    ],
}
LOW_RETURN = Sentence(
    "If hours do what fits the past, {low_return} of them went to customers with whom one more hour"
    " brings less than with half of all."
)
PROSPECTS = Sentence(
    "{prospect_hours} hours with those who have not bought yet are not counted here."
)
HEADLINE = {
    True: Sentence(
        "{their_hours} of the hours go to one customer who brings {their_value_share} of the"
        " margin, {their_value}",
        "{their_hours} of the hours go to {habit_customers} customers who bring {their_value_share}"
        " of the margin, {their_value}",
        n="habit_customers",
    ),
    False: Sentence(
        "{their_hours} of the hours go to one customer who brings {their_value_share} of the"
        " revenue, {their_value}",
        "{their_hours} of the hours go to {habit_customers} customers who bring {their_value_share}"
        " of the revenue, {their_value}",
        n="habit_customers",
    ),
}
HEADLINE_YOUNG = {
    True: Sentence("{excess_share} of the hours go beyond what customers' margin explains"),
    False: Sentence("{excess_share} of the hours go beyond what customers' revenue explains"),
}
NOBODY = Refusal(
    Sentence(
        "Whether hours follow value cannot be told: no activity with a customer in the last twelve"
        " months."
    ),
    Sentence("Supply the activity log of those twelve months."),
)
NO_HOURS = Refusal(
    Sentence(
        "Whether hours follow value cannot be told: only {stated} of the activities say how long"
        " they took."
    ),
    Sentence("State in the settings how many hours each kind of activity takes (norms)."),
)
NO_HOURS_AT_ALL = Refusal(
    Sentence("Whether hours follow value cannot be told: no activity says how long it took."),
    NO_HOURS.remedy,
)
NO_VALUE = Refusal(
    Sentence(
        "Whether hours follow value cannot be told: no customer brought any money in the last"
        " twelve months."
    ),
    Sentence("Supply the sales lines of the last two years."),
)
