"""One sentence to the learner for each mistake that can be recognised, as a statement and as a question.

None of them tells the right answer. What stands in braces: `node` and `nodes`, the operations that the
mistake points at; `name`, the variable asked about; `target`, `root`, and `detail` from the imagined pass.
"""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """`It looks as if you {past} {rest}.` or `Did you {verb} {rest}?`, then the nudge."""

    verb: str
    past: str
    rest: str
    nudge: str = ""


_SLOPES = "Every operation on the way multiplies by its own slope."
_SHAPE = "A gradient has the shape of its own tensor."
_ADDS = "What does backward() do with what {held} holds already?"

WORDS: dict[str, Words] = {
    "as-if-tracked": Words("let", "let", "the gradient flow through {node}", "Look at what is recorded there."),
    "as-if-retained": Words(
        "take", "took", "{name} to keep its gradient, as a leaf does", "For which tensors does backward() fill .grad?"
    ),
    "as-if-not-frozen": Words(
        "take", "took", "{name} to be a leaf that requires grad", "Look at the lines that make and change it."
    ),
    "as-if-run": Words("let", "let", "the backward pass run to its end", "What does it need before it can start?"),
    "backward-taken-as-true": Words(
        "differentiate", "differentiated", "what {node} computes", "Which lines say what it passes back?"
    ),
    "as-if-filled": Words(
        "take", "took", "autograd.grad to fill {target}", "Where does it put the gradient that it works out?"
    ),
    "whole-operation-cut": Words(
        "let", "let", "the cut stop all that goes through {node}", "Which of its operands is cut off, and which is not?"
    ),
    "everything-cut": Words(
        "let", "let", "the cut at {node} stop every gradient", "Is there another way from {root} to {name}?"
    ),
    "first-order-only": Words("take", "took", "a returned gradient to be a constant", "What does create_graph keep?"),
    "statistics-as-constants": Words(
        "take",
        "took",
        "what {node} works out from all elements to be a constant",
        "Does it change when one element of {name} does?",
    ),
    "weights-as-constants": Words("take", "took", "what {node} makes to be constant", "What is it worked out from?"),
    "wrong-side-cut": Words("cut", "cut", "the other side of {node}", "Which of its operands is cut off?"),
    "sign": Words("turn", "turned", "a sign around on the way", "Go through the slopes once more and mind each minus."),
    "sign-at-one-step": Words(
        "turn", "turned", "the sign of the slope of {node} around", "Which way does it go when its input grows?"
    ),
    "value-of-root": Words(
        "give",
        "gave",
        "the value of {root}, in place of its slope",
        "A gradient says how fast {root} changes when {name} does.",
    ),
    "value-of-itself": Words("give", "gave", "the value of {name} itself", "A gradient says how fast {root} changes."),
    "value-of-other": Words(
        "give", "gave", "the value of {detail}, in place of a slope", "A gradient says how fast {root} changes."
    ),
    "value-share": Words("put", "put", "values where slopes belong", "A gradient says how fast {root} changes."),
    "gradient-of-other": Words("give", "gave", "the gradient of {detail}", "The question is about {name}."),
    "last-pass-only": Words("let", "let", "each backward() overwrite what {held} held", _ADDS),
    "not-reset": Words(
        "count", "counted", "what {held} held before it was reset", "What is in it when the next backward() begins?"
    ),
    "one-pass-only": Words("count", "counted", "one backward() alone", "How often does the program run backward?"),
    "passes-averaged": Words("average", "averaged", "what the backward passes bring", _ADDS),
    "passes-multiplied": Words("multiply", "multiplied", "what the backward passes bring", _ADDS),
    "passes-alike": Words(
        "let", "let", "every backward() bring the same", "At which value of {name} does each of them work?"
    ),
    "returned-added": Words(
        "add", "added", "what autograd.grad returned to {held}", "Where does it put the gradient that it works out?"
    ),
    "later-change-ignored": Words(
        "leave", "left", "out what changed after the operation ran", "What does backward() find when it comes there?"
    ),
    "mean-count-forgotten": Words(
        "forget",
        "forgot",
        "that the mean divides by how many elements there are",
        "What does one element do to a mean?",
    ),
    "wrong-reduction": Words("swap", "swapped", "sum and mean in {node}", "Which of the two does the line call?"),
    "left-in-result": Words("give", "gave", "the gradient of {detail}, in the shape of that", _SHAPE),
    "kept-apart": Words(
        "keep", "kept", "what several uses bring apart", "What happens to contributions where ways meet?"
    ),
    "wrong-axis": Words("take", "took", "{node} along another axis", "Which axis does the call name?"),
    "slope-of-another": Words(
        "use",
        "used",
        "another function's slope for {node}",
        "Write its own slope down: is it one of the input or output?",
    ),
    "wrong-count": Words(
        "divide", "divided", "by another number of elements", "Over how many elements does the program really average?"
    ),
    "uses-not-counted": Words(
        "count", "counted", "{used} once", "Broadcasting uses it several times: what do the uses do together?"
    ),
    "not-summed-back": Words("leave", "left", "the gradient in the shape that broadcasting made", _SHAPE),
    "not-spread-back": Words("leave", "left", "the gradient in the shape of the sum or the mean", _SHAPE),
    "each-with-its-own": Words(
        "pair", "paired", "the elements of {node} one by one", "Which shape do the two operands make together?"
    ),
    "summed-to-one": Words("sum", "summed", "the elements to a single number", _SHAPE),
    "averaged-to-one": Words("average", "averaged", "the elements to a single number", _SHAPE),
    "one-axis-summed": Words("sum", "summed", "over one axis only", "Over which axes was {name} stretched?"),
    "path-dropped": Words(
        "leave", "left", "out a way from {root} to {name}: the one by {nodes}", "Count the uses, and what each brings."
    ),
    "path-twice": Words(
        "count", "counted", "one way twice, in place of the one by {nodes}", "Are the two ways really alike?"
    ),
    "slopes-multiplied": Words(
        "differentiate", "differentiated", "the parts of {node} one by one", "What is the rule for both together?"
    ),
    "both-branches": Words(
        "count", "counted", "both values of {node}", "Which of the two does each element come from?"
    ),
    "paths-multiplied": Words(
        "multiply", "multiplied", "what comes along two ways", "What happens to contributions where ways meet?"
    ),
    "derivatives-multiplied": Words(
        "multiply", "multiplied", "first derivatives", "What does the second pass differentiate?"
    ),
    "one-place-only": Words(
        "count", "counted", "one use of {name} in {node} alone", "In how many places does it use each element?"
    ),
    "repeats-not-counted": Words(
        "count", "counted", "an element once that is read several times", "Each time it is read is a use of its own."
    ),
    "inner-derivative-dropped": Words("leave", "left", "out the slope of {node}", _SLOPES),
    "outer-derivative-dropped": Words("leave", "left", "out the slope of {node}", _SLOPES),
    "local-derivative-dropped": Words("leave", "left", "out the slope of {node}", _SLOPES),
    "local-derivatives-dropped": Words("leave", "left", "out the slopes of {nodes}", _SLOPES),
    "only-one-derivative": Words("take", "took", "the slope of {node} for the whole chain", _SLOPES),
    "derivative-at-wrong-point": Words(
        "work", "worked", "out the slope of {node} at {name}", "Which value goes into that operation?"
    ),
    "function-not-differentiated": Words(
        "use", "used", "the value of {node} where its slope belongs", "How fast does it change with its input?"
    ),
    "power-rule-on-exp": Words(
        "use", "used", "the power rule on {node}", "Does {name} stand in the base or in the exponent?"
    ),
    "sign-misread": Words("read", "read", "{node} with the other sign", "Which sign stands there?"),
    "slope-squared": Words(
        "square",
        "squared",
        "the first derivative",
        "A second derivative is the slope of the first.",
    ),
    "other-derivative": Words(
        "differentiate", "differentiated", "by {detail}", "By what, and how often, does the program differentiate?"
    ),
    "differentiated-once-more": Words(
        "differentiate", "differentiated", "once too often", "How many passes lead to {target}?"
    ),
    "normalisation-left-out": Words(
        "leave", "left", "out that {node} normalises", "Which numbers do its weight and its bias meet?"
    ),
    "factor-itself": Words(
        "give", "gave", "the other factor alone", "What arrives from nearer {root}, and what is it multiplied with?"
    ),
    "power-factor-forgotten": Words(
        "forget", "forgot", "to bring the exponent of {node} down as a factor", "What is the slope of a power?"
    ),
    "power-base-forgotten": Words(
        "leave", "left", "only the exponent of {node} as its slope", "How steep is a power where its base is large?"
    ),
    "power-not-lowered": Words(
        "keep", "kept", "the exponent of {node} as it was", "What becomes of the exponent in the slope of a power?"
    ),
    "power-lowered-first": Words(
        "bring",
        "brought",
        "the lowered exponent of {node} down",
        "Which number stands in front in the slope of a power?",
    ),
    "power-raised": Words(
        "raise", "raised", "the exponent of {node}, as in integrating", "Which way does the exponent go in a slope?"
    ),
    "own-factor": Words(
        "take", "took", "the factor itself in {node}", "In a product, what does one factor's slope depend on?"
    ),
    "transposed": Words("swap", "swapped", "rows and columns", _SHAPE),
    "entries-swapped": Words("put", "put", "each entry in the other's place", "Which entry stands first in {name}?"),
    "kernel-flipped": Words(
        "turn", "turned", "the kernel of {node} round", "Which element of the input does its first tap meet first?"
    ),
    "transpose-forgotten": Words(
        "leave", "left", "out a transpose in {node}", "Check which rows and columns of the matrices meet."
    ),
    "whole-jacobian": Words(
        "give", "gave", "the table of all slopes", "backward() weights its rows with a vector and adds them up."
    ),
    "seed-as-ones": Words("leave", "left", "out the vector that backward() is given", "It weights the outputs."),
    "seed-itself": Words(
        "give", "gave", "back the vector that backward() is given", "It is only where backward starts."
    ),
    "seed-twice": Words("multiply", "multiplied", "the vector that backward() is given in twice", "It enters once."),
    "jacobian-diagonal": Words(
        "let", "let", "each output depend on the input in its own place only", "Which inputs does each output use?"
    ),
    "rows-added": Words("add", "added", "the rows of {target}", "What does each row of it belong to?"),
    "rows-not-added": Words(
        "keep", "kept", "the rows of the Jacobian apart", "What does a product of a vector and a matrix do with them?"
    ),
    "jacobian-times-seed": Words(
        "multiply",
        "multiplied",
        "the table of slopes from the wrong side",
        "The vector weights the outputs, not the inputs.",
    ),
    "zero": Words(
        "think", "thought", "that nothing arrives at {name}", "Follow the ways from {root}: what does each one carry?"
    ),
    "at-updated-value": Words(
        "work", "worked", "out the slope at a value after its update", "When was the graph recorded?"
    ),
    "at-first-value": Words(
        "work", "worked", "out the slope at a value before its change", "Which value did the operation get?"
    ),
    "at-saved-value": Words(
        "work", "worked", "out the slope at a value before it was edited in place", "What does backward() find there?"
    ),
    "overwritten-as-constant": Words(
        "take", "took", "the overwritten elements of {detail} for constants", "Is {detail} a leaf that requires grad?"
    ),
    "edit-ignored": Words("leave", "left", "out {node}", "Which numbers are still there after that line?"),
    "at-edited-value": Words(
        "work", "worked", "out the slope of {node} at a value edited later", "Which value did the operation get?"
    ),
    "at-own-value": Words(
        "put", "put", "{name} in the place of a value made from it", "Which value goes into the operation?"
    ),
    "other-branch": Words(
        "follow", "followed", "the branch that did not run", "The graph holds what ran: which way does the test go?"
    ),
    "slope-from-right": Words("take", "took", "the slope to the right of the kink", "torch has a rule for that point."),
    "slope-from-left": Words("take", "took", "the slope to the left of the kink", "torch has a rule for that point."),
    "slope-between": Words(
        "take", "took", "the mean of the slopes beside the kink", "torch has a rule for that point."
    ),
    "slope-of-zero": Words("take", "took", "the slope at the kink to be 0", "torch has a rule for that point."),
    "slope-of-other-side": Words(
        "take", "took", "the slope of {node} on the other side of its kink", "On which side is its input here?"
    ),
    "first-tie-only": Words("let", "let", "one of the equal values take it all", "How does torch treat a tie here?"),
    "every-tie-counted": Words(
        "give", "gave", "each of the equal values the whole gradient", "How does torch treat a tie here?"
    ),
    "side-taken-flat": Words("take", "took", "one side of {node} to be flat", "What does it compute on either side?"),
    "passed-unchanged": Words(
        "let", "let", "{node} pass the gradient on as it is", "How does its output move when its input moves a little?"
    ),
    "zero-times-nan": Words("take", "took", "0 times nan or inf to be 0", "What does floating point make of it?"),
    "nan-of-other-branch": Words(
        "let", "let", "the value that {node} did not choose count", "What does backward() pass to each of the two?"
    ),
    "exact-mathematics": Words(
        "calculate", "calculated", "exactly", "What does floating point make of the numbers on the way?"
    ),
    "update-step": Words("give", "gave", "the step of the update", "The gradient is what the step is made from."),
    "step-left-out": Words(
        "leave", "left", "{target} as it was before the update", "What does the update write, and where?"
    ),
    "rate-forgotten": Words(
        "take",
        "took",
        "the whole gradient as the step",
        "What is the gradient multiplied with first?",
    ),
    "momentum-forgotten": Words(
        "leave", "left", "out the momentum", "What does the optimizer keep from the step before?"
    ),
    "decay-forgotten": Words("leave", "left", "out the weight decay", "What else pulls on the weight in a step?"),
    "decay-in-gradient": Words(
        "add", "added", "the weight decay to {target}", "When does the optimizer add it, and where does it keep it?"
    ),
    "schedule-ignored": Words("keep", "kept", "the first learning rate", "What changes it between two updates?"),
    "decay-elsewhere": Words(
        "let", "let", "the weight decay act in another place", "Does this optimizer add it to the gradient?"
    ),
    "decay-uphill": Words("let", "let", "the weight decay push the weight outwards", "Which way does it pull?"),
    "correction-forgotten": Words(
        "leave",
        "left",
        "out the correction of the moments",
        "With what do both of them start?",
    ),
    "root-forgotten": Words(
        "forget", "forgot", "the root of the mean of squares", "In which unit is a mean of squares?"
    ),
    "betas-swapped": Words(
        "put", "put", "a decay rate in the wrong place", "Which share of the old mean stays, and which share is new?"
    ),
    "average-forgotten": Words(
        "leave", "left", "out the running mean of squares", "How much does one new square count in it?"
    ),
    "square-forgotten": Words(
        "average", "averaged", "the gradient's size, not its square", "Of what does the optimizer keep a mean?"
    ),
    "scaling-forgotten": Words(
        "leave", "left", "out the division by past gradients' size", "What does the second moment do to the step?"
    ),
    "momentum-on-gradient": Words(
        "multiply", "multiplied", "the new gradient with the momentum", "What does the momentum multiply in a step?"
    ),
    "gradients-summed": Words("add", "added", "all gradients as they are", "How much of the old buffer stays?"),
    "first-slope-only": Words(
        "use", "used", "the first gradient in every update", "At which value is the second gradient worked out?"
    ),
    "step-repeated": Words("make", "made", "the first step again", "What does the second step go by?"),
    "state-of-other": Words("give", "gave", "{detail}, which the optimizer keeps too", "What does each entry keep?"),
    "momentum-averaged": Words(
        "take", "took", "the momentum for a running mean", "With which factor does torch add the new gradient?"
    ),
    "as-plain-step": Words(
        "step", "stepped", "as plain SGD does", "What else does this optimizer do with the gradient?"
    ),
    "one-step-only": Words("count", "counted", "another number of updates", "How often does the update run?"),
    "target-not-subtracted": Words(
        "leave", "left", "the target out", "What does the loss's slope subtract from the probabilities?"
    ),
    "step-uphill": Words("add", "added", "the step", "Which way does the loss fall?"),
    "clip-ignored": Words("leave", "left", "out the clipping", "When does that call change {held}?"),
    "clipped-by-entry": Words("clip", "clipped", "each entry for itself", "Which number does that call compare?"),
    "clipped-by-another-norm": Words(
        "scale", "scaled", "the gradient to another norm", "Which norm does that call measure?"
    ),
    "new-value": Words("give", "gave", "the value after the update", "The question is about the gradient."),
    "hook-ignored": Words("leave", "left", "out the hook", "When is it called, and what does it hand back?"),
    "hook-otherwise": Words(
        "call",
        "called",
        "the hook twice, or on another number",
        "What is it given when backward() comes there, and how often?",
    ),
    "backward-on-top": Words(
        "apply",
        "applied",
        "the backward of {node} on top of its forward's own slope",
        "Who works out the slope of a Function?",
    ),
    "all-ones": Words("give", "gave", "1 for every element", "What does each element do on its way to {root}?"),
    "largest-only": Words("give", "gave", "one element's gradient alone", "Do the other elements change {root} too?"),
    "unread-elements-too": Words(
        "give", "gave", "elements a gradient that {node} did not read", "Does {root} change when such an element does?"
    ),
    "left-out-too": Words("give", "gave", "a gradient to what {node} leaves out", "Do these elements change {root}?"),
    "true-class-only": Words(
        "leave", "left", "the other classes without a gradient", "Does {root} change when another class's score grows?"
    ),
    "real-part-only": Words(
        "take", "took", "the gradient to be real", "In how many directions can a complex number be moved?"
    ),
    "half": Words("take", "took", "half of it", "torch has a convention of its own for complex gradients."),
    "conjugate": Words("take", "took", "the conjugate", "torch has a convention of its own for complex gradients."),
    "slope-put-inside": Words(
        "put", "put", "the inner slope inside the outer one at {node}", "At which value is the outer slope taken?"
    ),
    "one-factor-only": Words(
        "let", "let", "only one factor of {node} move", "Both factors depend on {name}: what does the other one bring?"
    ),
    "quotient-swapped": Words(
        "swap",
        "swapped",
        "the two terms of the quotient rule at {node}",
        "What is the rule for a quotient?",
    ),
    "quotient-added": Words(
        "add",
        "added",
        "the two terms of the quotient rule at {node}",
        "Which way does a quotient go when its bottom grows?",
    ),
    "quotient-not-squared": Words(
        "forget", "forgot", "to square the divisor at {node}", "What stands below in the quotient rule?"
    ),
    "constant-factor-lost": Words("lose", "lost", "the constant factor of {node}", "A slope scales with its function."),
    "constant-kept": Words("keep", "kept", "the constant {node}", "How much does it change when {name} moves?"),
    "exponential-as-power": Words(
        "use", "used", "the power rule for {node}", "Where does {name} stand: in the base, or in the exponent?"
    ),
    "log-of-base-forgotten": Words(
        "leave", "left", "out the log of the base of {node}", "Only one base is its own slope: which?"
    ),
    "integrated": Words("integrate", "integrated", "where a slope was asked", "Which way do exponents go in a slope?"),
    "differentiated-twice": Words("differentiate", "differentiated", "twice", "A gradient is the first slope."),
    "evaluated-too-early": Words(
        "put", "put", "the number for {name} into a part of the formula", "What would it be for any {name}?"
    ),
}
"""By tag, as in `autograd_tutor.mistakes.KINDS`; a lesson's own mistakes bring their own words."""
