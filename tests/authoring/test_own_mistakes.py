"""A learner who makes a lesson's own mistake hears the lesson's own words about it."""

import msgspec
import pytest

from autograd_tutor.authoring.laws import typed
from autograd_tutor.course.jobs import job
from autograd_tutor.course.load import lessons
from autograd_tutor.course.model import Variant
from autograd_tutor.course.variants import variant
from autograd_tutor.sandbox.client import Sandbox
from autograd_tutor.teaching.grading import judge
from autograd_tutor.teaching.truth import truth

WITH_MISTAKES = [
    variant(lesson, exercise, 1) for lesson in lessons() for exercise in lesson.exercises if exercise.mistakes
]


@pytest.mark.parametrize("one", WITH_MISTAKES, ids=lambda one: one.key)
def test_the_words_of_a_mistake_are_said_to_one_who_makes_it(one: Variant, sandbox: Sandbox) -> None:
    whole = msgspec.structs.replace(job(one), closed_forms=False)
    run = sandbox.run(whole)
    for mistake, mutation in zip(one.mistakes, whole.mutations, strict=True):
        mistaken = sandbox.run(msgspec.structs.replace(whole, source=mutation.source, explain=False, mutations=()))
        for target in [mistake.target] if mistake.target else whole.targets:
            answer = typed(truth(mistaken, target))
            judgement = judge(answer, run, target, one.mistakes)
            assert judgement.verdict == "wrong", (mistake.tag, answer)
            assert mistake.words in [found.words for found in judgement.mistakes], (mistake.tag, answer)
