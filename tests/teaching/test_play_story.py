"""Stories of one exercise being played."""

import msgspec
import pytest

from autograd_tutor.course.model import Exercise, Question, Variant
from autograd_tutor.teaching import play
from autograd_tutor.teaching.model import Judgement, Mistake

RIGHT = Judgement("right", "6", "Right.")
WRONG = Judgement("wrong", "9", "Not yet.", (Mistake("value-of-root", "V1", "…"),))
INVALID = Judgement("invalid", "", "Type a number.")


def variant(*targets: str) -> Variant:
    questions = [Question(target=target, ask=f"What is {target}?") for target in targets]
    exercise = Exercise(id="one", title="One", prose="p", code="c", questions=questions, hints=["first", "second"])
    return Variant("slopes", exercise, 3, {}, "c", "p", "", tuple(questions), ("first", "second"), ())


def test_predicted_right_at_once():
    begun = play.start(variant("x.grad"))
    assert (begun.phase, begun.state, begun.may_show_answer) == ("predicting", "new", False)
    after, attempt = begun.answer("6", RIGHT, milliseconds=1500, confidence=2)
    assert (after.phase, after.state, after.may_show_answer, after.may_show_run) == ("done", "solved", True, True)
    assert (attempt.exercise, attempt.seed, attempt.target, attempt.try_number) == ("slopes/one", 3, "x.grad", 1)
    assert (attempt.verdict, attempt.state, attempt.milliseconds, attempt.confidence) == ("right", "solved", 1500, 2)


def test_an_invalid_answer_costs_nothing():
    after, attempt = play.start(variant("x.grad")).answer("6,7", INVALID)
    assert after.state == "new"
    assert after.standing.tries == 0
    assert attempt.try_number == 0
    assert after.judgement == INVALID


def test_wrong_then_hint_then_right():
    step, first = play.start(variant("x.grad")).answer("9", WRONG)
    assert first.mistakes == ("value-of-root",)
    assert (step.phase, step.may_show_answer) == ("predicting", False)
    step, second = step.hint()
    assert (step.shown_hints, second.hints, second.action) == (("first",), 1, "hint")
    step, third = step.answer("6", RIGHT)
    assert (third.try_number, third.hints, step.state) == (2, 1, "solved")


def test_hints_run_out():
    step = play.start(variant("x.grad"))
    for _ in range(2):
        step, _ = step.hint()
    with pytest.raises(ValueError, match="no further hint"):
        step.hint()


def test_revealed_is_never_solved():
    step, attempt = play.start(variant("x.grad", "y.grad")).reveal()
    assert attempt.action == "reveal"
    assert (step.phase, step.may_show_answer, step.may_show_run) == ("settled", True, False)
    step, _ = step.next().answer("6", RIGHT)
    assert (step.state, step.may_show_run) == ("revealed", True)


def test_the_next_question_hides_its_answer_again():
    step, _ = play.start(variant("x.grad", "y.grad")).answer("6", RIGHT)
    step = step.next()
    assert (step.question.target, step.may_show_answer, step.judgement) == ("y.grad", False, None)
    step, _ = step.skip()
    assert (step.phase, step.state) == ("done", "skipped")


def test_a_settled_question_takes_no_more_answers():
    step, _ = play.start(variant("x.grad")).answer("6", RIGHT)
    for move in (step.hint, step.reveal, step.skip, step.next, lambda: step.answer("6", RIGHT)):
        with pytest.raises(ValueError, match=r"settled|answered"):
            move()
    with pytest.raises(ValueError, match="still open"):
        play.start(variant("x.grad")).next()


def test_one_comes_back_to_the_open_question_with_its_tries_and_hints():
    two = variant("a.grad", "b.grad")
    step, first = play.start(two).answer("6", RIGHT)
    step, second = step.next().hint()
    step, third = step.answer("9", WRONG)
    other = msgspec.structs.replace(third, seed=99, try_number=7)
    back = play.resume(two, [first, second, third, other])
    assert (back.index, back.phase, back.hints, back.state) == (1, "predicting", 1, "started")
    assert [standing.tries for standing in back.standings] == [1, 1]
    assert not back.may_show_run
    after, attempt = back.answer("6", RIGHT)
    assert (after.state, attempt.try_number) == ("solved", 2)


def test_one_comes_back_to_a_revealed_question_as_revealed():
    two = variant("a.grad", "b.grad")
    _, first = play.start(two).reveal()
    back = play.resume(two, [first])
    assert (back.index, back.standings[0].settled) == (1, "revealed")
    assert back.answer("6", RIGHT)[0].state == "revealed"


def test_a_play_that_was_done_begins_anew_and_so_does_what_followed_it():
    one = variant("x.grad")
    _, done = play.start(one).answer("6", RIGHT)
    assert play.resume(one, [done]) == play.start(one)
    _, again = play.start(one).answer("9", WRONG)
    back = play.resume(one, [done, again])
    assert (back.standing.tries, back.phase) == (1, "predicting")
    assert play.resume(one, []) == play.start(one)
