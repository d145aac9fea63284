"""When to answer, when to offer choices, when to decline: every threshold, with its reason.

A wrong answer costs far more than a choice, and a choice more than a right answer. Confidences are the
ranker's shares, 0 to 1. Measured by `make evaluate`; see docs/evaluation.md.
"""

# Above this share all out-of-scope classes together decline the message.
DECLINE = 0.5
# Below this share the best topic is offered beside others instead of being answered. On the 322 visible questions, with
# the margin below: 0.6 and 0.35 answered 4.3 % with a wrong topic, 0.65 and 0.4 3.7 %, 0.45 and 0.1 5.9 %. At most 4 %
# is the aim; the right topic is then answered or among the choices for 94.7 %.
ANSWER = 0.65
# A best topic that leads the second by less than this is offered beside it.
MARGIN = 0.4
# A topic is worth offering from this share on.
OFFER = 0.04
# Another entry of the topic must be this much nearer than the topic's main (first) entry to be chosen.
ENTRY_LEAD = 0.03
# A message of at most so many characters (户口, 社保, 居住证) names a subject but asks nothing: it gets choices.
BARE_WORD_CHARACTERS = 3
# How much a choice list may hold and still be read on a phone.
TOPICS_OFFERED, PLACES_OFFERED, ENTRIES_OFFERED = 3, 6, 3
