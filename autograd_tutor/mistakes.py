"""The mistakes that can be recognised in a wrong prediction: a constant tag each, its family, and what it means.

`recording` computes what each would give (`ImaginedPass.tag`); `teaching` has the words for the learner.
The family is a letter for the idea and a number for the rule: `L1` is the first rule about local derivatives.
"""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of mistake."""

    family: str
    meaning: str
    """In one line, what the learner did. `detail` and the nodes of an `ImaginedPass` say where."""


KINDS: dict[str, Kind] = {
    # D: what is cut, and what is not
    "as-if-tracked": Kind("D1", "gradient taken through an operation that torch cut off; detail: how it was cut"),
    "as-if-retained": Kind("D1", "a computed tensor's .grad taken to be kept, as if it were a leaf or retained"),
    "as-if-not-frozen": Kind("D1", "a leaf that does not require grad taken to receive its gradient"),
    "as-if-run": Kind("D1", "a backward that raises taken to run; detail: why it raises"),
    "backward-taken-as-true": Kind("D1", "a Function's backward taken to be the derivative of its forward"),
    "as-if-filled": Kind("D1", "autograd.grad taken to fill .grad, though it only returns the gradient"),
    "whole-operation-cut": Kind("D2", "one cut operand taken to stop the gradient of the whole operation"),
    "everything-cut": Kind("D2", "a cut beside the way taken to stop every gradient: None, or 0"),
    "first-order-only": Kind("D2", "what autograd.grad returned taken to be a constant, though its graph was kept"),
    "statistics-as-constants": Kind("D2", "a mean, variance, sum or norm of all elements taken to be a constant"),
    "weights-as-constants": Kind(
        "D2", "a gate, or the shares of a softmax, taken to be constants; detail: the operation"
    ),
    "wrong-side-cut": Kind("D3", "the cut taken to stop the other operand, and to let its own through"),
    # S: signs
    "sign": Kind("S1", "the result with the wrong sign"),
    "sign-at-one-step": Kind("S1", "the sign of one local derivative slipped; detail: the operation"),
    # V: values in place of slopes
    "value-of-root": Kind("V1", "the value that backward started from, in place of its slope"),
    "value-of-itself": Kind("V2", "the variable's own value, in place of its gradient"),
    "value-of-other": Kind("V2", "the value of another tensor; detail: its name"),
    "gradient-of-other": Kind("V3", "the gradient of another tensor; detail: its name"),
    "value-share": Kind("V4", "what each place has of a value, in place of its slope"),
    # A: several passes
    "last-pass-only": Kind("A2", "each backward taken to overwrite .grad"),
    "not-reset": Kind("A3", "what was there before a reset added as well"),
    "one-pass-only": Kind("A4", "one pass alone counted; detail: which, from 1"),
    "passes-multiplied": Kind("A5", "the passes' gradients multiplied in place of added"),
    "passes-averaged": Kind("A7", "the passes' gradients averaged in place of added"),
    "passes-alike": Kind("A8", "every pass taken to bring what one of them brings"),
    "returned-added": Kind("A9", "what autograd.grad returned taken to be added to .grad as well"),
    "later-change-ignored": Kind("A6", "what changed .grad or saved values after the fact left out"),
    # R: reductions
    "mean-count-forgotten": Kind("R1", "a mean's 1/n left out; detail: n"),
    "wrong-reduction": Kind("R3", "a mean read as a sum, or a sum as a mean; detail: the operation"),
    "wrong-count": Kind("R2", "divided or multiplied by another number of elements; detail: the count"),
    # B: broadcasting and shapes
    "uses-not-counted": Kind("B1", "a broadcast value's gradient not summed over its uses; detail: how many"),
    "not-summed-back": Kind("B2", "the gradient left in the broadcast shape"),
    "not-spread-back": Kind("B2", "the gradient left in the shape that a sum or a mean made; detail: the axis"),
    "each-with-its-own": Kind("B5", "two operands that stretch each other taken to meet element by element"),
    "summed-to-one": Kind("B3", "all elements summed to one number"),
    "averaged-to-one": Kind("B3", "all elements averaged to one number"),
    "one-axis-summed": Kind("B4", "summed over one axis only; detail: the axis, or another count of uses"),
    # P: paths
    "left-in-result": Kind("B7", "the gradient of what was made of it, in that shape; detail: its name"),
    "kept-apart": Kind("B8", "what several passes or uses bring put side by side, in place of added"),
    "wrong-axis": Kind("B6", "summed, averaged or normalised along another axis; detail: the operation"),
    "path-dropped": Kind("P1", "one or more uses of a value left out; detail: the uses"),
    "path-twice": Kind("P2", "one of two uses counted twice, in place of the other; detail: the use left out"),
    "slopes-multiplied": Kind("P3", "the slope of a product taken to be the product of the slopes; so of a quotient"),
    "both-branches": Kind("P5", "both values of a choice counted; detail: the operation"),
    "paths-multiplied": Kind("P3", "contributions multiplied where paths meet, in place of added"),
    "derivatives-multiplied": Kind("P3", "first derivatives multiplied in place of one differentiated by the other"),
    "one-place-only": Kind("P4", "of all places where a weight is used (windows, rows), one alone counted"),
    "repeats-not-counted": Kind("P4", "an element read several times counted once"),
    # L: local derivatives
    "inner-derivative-dropped": Kind(
        "L1", "the derivative nearest the leaf left out of the chain; detail: the operation"
    ),
    "outer-derivative-dropped": Kind(
        "L1", "the derivative nearest the root left out of the chain; detail: the operation"
    ),
    "local-derivative-dropped": Kind("L1", "a local derivative in the middle left out; detail: the operation"),
    "local-derivatives-dropped": Kind("L1", "several neighbouring local derivatives left out; detail: the operations"),
    "only-one-derivative": Kind("L2", "one local derivative taken for the whole chain; detail: the operation"),
    "derivative-at-wrong-point": Kind("L3", "a local derivative evaluated at the leaf, not at its own input"),
    "function-not-differentiated": Kind("L4", "an operation's value used as its derivative; detail: the operation"),
    "power-rule-on-exp": Kind("L6", "the power rule used on an exponential"),
    "slope-of-another": Kind("L11", "another function's slope, or the slope at the output; detail: the operation"),
    "sign-misread": Kind("S5", "a minus read as a plus, or a plus as a minus; detail: the operation"),
    "slope-squared": Kind("L7", "the first derivative squared in place of differentiated again"),
    "other-derivative": Kind("V5", "a derivative by something else, or of a lower order; detail: by what"),
    "differentiated-once-more": Kind("L10", "one derivative too many"),
    "normalisation-left-out": Kind("L12", "a layer taken not to normalise its input; detail: the operation"),
    "factor-itself": Kind("L5", "the other factor given as the gradient, without the upstream gradient"),
    "power-factor-forgotten": Kind("L6", "the exponent not brought down as a factor"),
    "power-base-forgotten": Kind("L6", "the exponent alone taken for a power's slope, without the base"),
    "power-not-lowered": Kind("L6", "the exponent brought down but not lowered by one"),
    "power-lowered-first": Kind("L6", "the lowered exponent brought down in place of the exponent"),
    "power-raised": Kind("L6", "the exponent raised by one, as when integrating"),
    # M, T: products
    "own-factor": Kind("M1", "in a product, the factor itself in place of the other one"),
    "transposed": Kind("T1", "the transpose of the right matrix"),
    "entries-swapped": Kind("T1", "each of two entries in the other's place"),
    "kernel-flipped": Kind("T3", "a convolution's kernel, or its gradient, turned round"),
    "transpose-forgotten": Kind("T2", "a matrix product's gradient without the transpose"),
    # J: outputs with several elements
    "whole-jacobian": Kind("J1", "the matrix of all slopes in place of the vector-Jacobian product"),
    "seed-as-ones": Kind("J2", "backward's gradient argument left out of the product"),
    "seed-itself": Kind("J3", "backward's gradient argument given as the result"),
    "seed-twice": Kind("J4", "backward's gradient argument multiplied in twice"),
    "jacobian-diagonal": Kind("J5", "each output differentiated by the input in the same place only"),
    "rows-added": Kind("B9", "the rows of a table of slopes, or of the samples, added"),
    "rows-not-added": Kind("J7", "the Jacobian's rows times backward's gradient argument, not added"),
    "jacobian-times-seed": Kind("J6", "Jacobian times vector in place of vector times Jacobian"),
    # N: a number where there is none, and the other way round
    "zero": Kind("N3", "no gradient, or a stopped one, taken to be 0"),
    # U, I: the wrong point
    "at-updated-value": Kind("U1", "the slope taken at the value after an update; detail: the name"),
    "at-first-value": Kind("U1", "the slope taken at the value before a change in place; detail: the name"),
    "at-saved-value": Kind("I1", "the slope at the value before an edit in place that torch did not notice"),
    "overwritten-as-constant": Kind("I3", "elements of a leaf taken to be written over, where torch refuses it"),
    "edit-ignored": Kind("I4", "a recorded edit in place taken to change nothing; detail: the operation"),
    "at-edited-value": Kind("I2", "the slope at a value as it was edited in place after the operation ran"),
    "at-own-value": Kind("U1", "a value built from it replaced by the variable itself; detail: the name"),
    # K: kinks and branches
    "other-branch": Kind("K1", "the branch that did not run; detail: the test"),
    "slope-from-right": Kind("K2", "at a kink, the slope on the right"),
    "slope-from-left": Kind("K2", "at a kink, the slope on the left"),
    "slope-between": Kind("K2", "at a kink, the mean of the two slopes"),
    "slope-of-zero": Kind("K3", "at a kink, the slope 0"),
    "slope-of-other-side": Kind("K7", "the slope on the other side of a kink; detail: the operation"),
    "first-tie-only": Kind("K4", "of equal maxima, one alone gets the gradient"),
    "every-tie-counted": Kind("K5", "of equal maxima, each gets the whole gradient"),
    "side-taken-flat": Kind("K8", "one side of a kink or of a choice taken to be flat; detail: the operation"),
    "passed-unchanged": Kind("K6", "a flat or rounding operation taken to pass the gradient on; detail: the operation"),
    # Q, F: floating point
    "zero-times-nan": Kind("Q1", "0 times nan or inf taken to be 0"),
    "nan-of-other-branch": Kind("Q2", "the nan of the value that was not chosen taken to come through"),
    "exact-mathematics": Kind("F1", "exact arithmetic in place of floating point"),
    # Z: the gradient and the update
    "update-step": Kind("Z1", "learning rate times gradient"),
    "step-left-out": Kind("Z3", "the value before the update, as if the step changed nothing"),
    "rate-forgotten": Kind("Z4", "the update without its learning rate, or without its divisor"),
    "momentum-forgotten": Kind("Z4", "an optimizer's momentum left out"),
    "decay-forgotten": Kind("Z4", "an optimizer's weight decay left out"),
    "decay-in-gradient": Kind("Z1", "the weight decay counted in .grad; detail: the decay"),
    "schedule-ignored": Kind("Z4", "the learning rate taken to stay as it was at first"),
    "decay-elsewhere": Kind(
        "Z4", "the weight decay added to the gradient, not taken off the weight, or the other way; or doubled"
    ),
    "decay-uphill": Kind("S3", "the weight decay with the wrong sign"),
    "correction-forgotten": Kind("Z4", "Adam's moments not divided by what they lack in the first steps"),
    "root-forgotten": Kind("Z4", "the mean of squares that an optimizer divides by taken without its root"),
    "betas-swapped": Kind("Z4", "an optimizer's decay rates in each other's place, or on the wrong side"),
    "average-forgotten": Kind("Z4", "the running mean of squares taken to be the last square, or their sum"),
    "square-forgotten": Kind("Z4", "the gradient's size averaged, where its square belongs"),
    "scaling-forgotten": Kind("Z4", "the division by the size of past gradients left out"),
    "momentum-on-gradient": Kind("Z4", "SGD's momentum multiplied with the new gradient, or taken into the rate"),
    "gradients-summed": Kind("A9", "an optimizer's buffer taken for the sum of all gradients"),
    "first-slope-only": Kind("U1", "every update made with the first one's gradient"),
    "step-repeated": Kind("A8", "every update taken to be the first one again"),
    "state-of-other": Kind("Z2", "something else that the optimizer keeps; detail: its name"),
    "momentum-averaged": Kind("Z4", "SGD's momentum taken for a running mean of the gradients"),
    "as-plain-step": Kind("Z4", "another optimizer taken to step as SGD does"),
    "one-step-only": Kind("Z3", "one update counted, or all but the last"),
    "target-not-subtracted": Kind("S2", "the probabilities alone, the target not subtracted from them"),
    "step-uphill": Kind("S3", "the update added in place of subtracted"),
    "clip-ignored": Kind("Z5", "the gradient as it was before it was clipped"),
    "clipped-by-entry": Kind("Z5", "each entry clipped, in place of the whole vector's norm"),
    "clipped-by-another-norm": Kind("Z6", "the gradient scaled to another norm than the one it was clipped to"),
    "new-value": Kind("Z2", "the value after the update"),
    # W, X, H
    "hook-ignored": Kind("W1", "a hook's change left out"),
    "hook-otherwise": Kind("W2", "a hook called twice, or on something else than what arrives"),
    "backward-on-top": Kind("W3", "a Function's backward applied on top of its forward's own slope"),
    "all-ones": Kind("X1", "1 for every element"),
    "largest-only": Kind("X2", "one element's gradient alone, 0 elsewhere"),
    "unread-elements-too": Kind("X3", "elements that an index did not read given a gradient too"),
    "left-out-too": Kind("X4", "what a mask, dropout or padding leaves out given a gradient too"),
    "true-class-only": Kind("X2", "only the true class's gradient, 0 for the other classes"),
    "real-part-only": Kind("H3", "a complex leaf's gradient taken to be real: its real part, or its size"),
    "half": Kind("H1", "half of it: the Wirtinger derivative"),
    "conjugate": Kind("H2", "its complex conjugate"),
    # formulas: a derivation with one rule wrong (`ImaginedFormula`); detail: where
    "slope-put-inside": Kind("L8", "the inner slope put inside the outer one, in place of multiplied"),
    "one-factor-only": Kind("P1", "in a product, one of the two terms left out"),
    "quotient-swapped": Kind("S4", "the two terms of the quotient rule swapped"),
    "quotient-added": Kind("S4", "the two terms of the quotient rule added"),
    "quotient-not-squared": Kind("M3", "the divisor not squared in the quotient rule"),
    "constant-factor-lost": Kind("L9", "a constant factor lost"),
    "constant-kept": Kind("L9", "a constant term kept, as if it had a slope"),
    "exponential-as-power": Kind("L9", "the power rule used where the variable is in the exponent"),
    "log-of-base-forgotten": Kind("L9", "the log of the base left out in the slope of an exponential"),
    "integrated": Kind("L10", "integrated in place of differentiated"),
    "differentiated-twice": Kind("L10", "differentiated twice"),
    "evaluated-too-early": Kind("O1", "the number put in for the variable in part of the formula"),
    # own
    "own": Kind("own", "a lesson's own mistake; the pass carries the mistake's own tag in place of this one"),
}
"""Every tag an `ImaginedPass` may have, but for a lesson's own (family `own`), in the order of the families."""
