"""Guessing is hopeless, nobody is kept out for long, and the count of names costs no memory."""

from autograd_tutor.classroom.doorway import Doorway
from autograd_tutor.classroom.throttle import Limits, Throttle

HOUR = 3600.0


def guesses(
    throttle: Throttle, seconds: float, *, every: float = 0.1, name: str = "alice", address: str = "evil"
) -> int:
    """How many codes someone can try who tries again and again."""
    return sum(throttle.allowed(name, address, step * every) for step in range(int(seconds / every)))


def test_a_few_slips_cost_no_wait():
    throttle = Throttle()
    assert all(throttle.allowed("alice", "lab", float(second)) for second in range(10))


def test_guessing_for_a_year_is_hopeless_against_a_code_of_sixty_bits():
    tried = guesses(Throttle(), HOUR)
    assert tried < 10 + 31 * 60
    assert tried * 24 * 365 < 2**60 / 1e9


def test_whoever_is_guessed_at_waits_two_seconds_at_most_and_then_has_a_clean_slate():
    throttle = Throttle()
    guesses(throttle, HOUR)
    assert 0 < throttle.wait("alice", "home", HOUR) <= 2
    assert throttle.wait("bob", "home", HOUR) == 0
    assert throttle.allowed("alice", "home", HOUR + 2)
    throttle.succeeded("alice", "home")
    assert throttle.wait("alice", "home", HOUR + 3) == 0


def test_a_hundred_connections_at_once_have_the_tries_of_one():
    throttle = Throttle()
    assert sum(throttle.allowed("alice", f"bot {number}", 5.0) for number in range(100)) == 10


def test_case_and_spelling_are_one_name():
    throttle = Throttle()
    spellings = ["alice", "Alice", "ALICE", " alice "]
    assert sum(throttle.allowed(spellings[step % 4], f"bot {step}", 5.0) for step in range(100)) == 10


def test_a_class_behind_one_address_comes_in_however_often():
    throttle = Throttle()
    for step in range(2000):
        assert throttle.allowed(f"student{step % 200}", "school", step / 10)
        throttle.succeeded(f"student{step % 200}", "school")


def test_one_address_tries_few_codes_over_all_names():
    throttle = Throttle()
    tried = sum(throttle.allowed(f"name{step}", "evil", step / 100) for step in range(5000))
    assert 300 <= tried <= 300 + 50
    assert throttle.allowed("alice", "school", 50.0)
    throttle.allowed("name0", "evil", 51.0)
    assert 0 < throttle.wait("name1", "evil", 51.5) <= 1
    assert throttle.wait("name1", "evil", 52.0) == 0


def test_the_rest_of_a_class_comes_in_from_an_address_that_someone_guesses_from():
    throttle = Throttle()
    for step in range(5000):
        throttle.allowed(f"name{step}", "school", step / 100)
    assert throttle.allowed("alice", "school", 50.0, own_code=True)
    assert throttle.allowed("alice", "school", 50.0, own_code=True)
    assert throttle.allowed("bob", "school", 50.0, own_code=True)
    assert throttle.allowed("stranger", "school", 51.0)
    assert not throttle.allowed("stranger too", "school", 51.0)


def test_wrong_codes_are_forgotten_after_ten_minutes():
    throttle = Throttle()
    assert guesses(throttle, 1.0) == 10
    assert throttle.wait("alice", "home", 1.0) > 0
    assert throttle.wait("alice", "home", 601.0) == 0
    assert throttle.allowed("alice", "home", 601.0)


def test_memory_is_bounded_whatever_is_tried():
    throttle = Throttle(Limits(remembered=50))
    for step in range(1000):
        throttle.allowed("x" * 10_000 + str(step), f"bot {step}", float(step))
        throttle.allowed(f"name {step}", f"bot {step}", float(step))
    assert len(throttle._names) == len(throttle._addresses) == 50
    assert max(map(len, throttle._names)) <= 64


def test_the_doorway_turns_away_the_longest_waiting_of_the_busiest_address():
    doorway: Doorway[str] = Doorway(most=4)
    assert doorway.enter("school", "alice") is None
    assert [doorway.enter("evil", f"idle {number}") for number in range(3)] == [None] * 3
    assert doorway.enter("school", "bob") == "idle 0"
    doorway.leave("school", "alice")
    assert doorway.enter("evil", "idle 3") is None
    assert doorway.enter("evil", "idle 4") == "idle 1"
    doorway.leave("evil", "idle 1")
    doorway.leave("nowhere", "nobody")
    assert len(doorway) == 4
