"""Another list of prices says the same as ours, but for what is explained."""

from tests.providers.cross_check import differences, explained


def test_every_difference_from_another_list_is_explained() -> None:
    assert set(differences()) - set(explained()) == set()


def test_every_explanation_is_of_a_difference_that_exists() -> None:
    assert set(explained()) - set(differences()) == set()
    assert len(explained()) == len(set(explained()))
