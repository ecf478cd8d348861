"""Laws of replays, over random programs: unchanged they give what torch gave; changed, something else."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from random_programs import Program, programs, walk

from autograd_tutor.mistakes import KINDS
from autograd_tutor.recording.aims import aim, close, gradient, tensor_of
from autograd_tutor.recording.differences import differences
from autograd_tutor.recording.imagine import MOST, imagine, same
from autograd_tutor.recording.record import record
from autograd_tutor.recording.replay import Replay
from autograd_tutor.recording.reverse import Change, Reverse
from autograd_tutor.recording.straight import straight
from autograd_tutor.recording.tape import Recording
from autograd_tutor.sandbox.protocol import Job

few = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def _recorded(program: Program) -> Recording:
    return record(Job(source=program.source, targets=program.targets))


def _unchanged_is_torchs_own(program: Program, recording: Recording) -> None:
    straightened = straight(recording)
    for target in program.targets:
        goal = aim(straightened, target)
        assert goal is not None
        partly = any(one.raised for one in goal.passes)
        if goal.truth is not None and not partly:
            found = gradient(Reverse(straightened), goal.tensor, goal.passes)
            assert close(goal.truth, torch.zeros_like(goal.truth) if found is None else found, 1e-4), target


def _replay_gives_recorded_values(program: Program, recording: Recording) -> None:
    straightened = straight(recording)
    found = Replay(straightened).run({}, held=False)
    for value, number in zip(straightened.values, found, strict=True):
        assert close(value.number, number)


def _differences_agree_with_torch(program: Program, recording: Recording) -> None:
    for target in program.targets:
        found, truth = differences(recording, target), recording.trace.find(target)
        if found.central is not None and found.note is None:
            torchs, central = tensor_of(truth.value).double(), tensor_of(found.central)
            lost = torchs.isnan() & ~central.isnan()  # torch came to 0 · inf on the way: float64 does so too
            assert not lost.any() or tensor_of(found.wide)[lost].isnan().all(), target
            assert close(torchs[~lost], central[~lost], 5e-3), target


def _imagined_passes_keep_their_promises(program: Program, recording: Recording) -> None:
    for target in program.targets:
        passes = imagine(recording, target)
        assert len(passes) <= MOST
        truth = recording.trace.find(target).value
        for index, one in enumerate(passes):
            assert KINDS[one.tag].family == one.family
            assert all(node < len(recording.trace.nodes) for node in one.nodes)
            assert all(edge < len(recording.trace.edges) for edge in one.edges)
            assert truth is None or one.value is None or not same(tensor_of(truth), tensor_of(one.value))
            assert one.value is not None or truth is not None
            for earlier in passes[:index]:
                if earlier.value is None or one.value is None:
                    continue
                differ = not same(tensor_of(earlier.value), tensor_of(one.value))
                assert differ or earlier.family[0] != one.family[0]


def _open_cuts_give_the_uncut_slope(program: Program, recording: Recording) -> None:
    straightened = straight(recording)
    for target in program.targets:
        uncut = differences(recording, target).uncut
        goal = aim(straightened, target)
        if uncut is None or goal is None or goal.truth is None or any(one.raised for one in recording.tape.backwards):
            continue
        opened = gradient(Reverse(straightened), goal.tensor, goal.passes, Change(everything=True))
        if opened is not None and torch.isfinite(opened).all():
            assert close(opened.double(), tensor_of(uncut), 5e-2), target


LAWS = (
    _unchanged_is_torchs_own,
    _replay_gives_recorded_values,
    _differences_agree_with_torch,
    _imagined_passes_keep_their_promises,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law):
    few(given(programs(most=4, passes=2))(lambda program: law(program, _recorded(program))))()


def _all(program: Program) -> None:
    recording = _recorded(program)
    for law in (*LAWS, _open_cuts_give_the_uncut_slope):
        law(program, recording)


@pytest.mark.battery
@pytest.mark.parametrize("first", [0, 200])
def test_all_laws_hold_of_many_programs(first: int) -> None:
    walk(range(first, first + 200), _all)
