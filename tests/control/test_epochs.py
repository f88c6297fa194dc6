from sqlalchemy.engine import Engine

from control import epochs


def test_an_epoch_grows_with_every_change(engine: Engine):
    assert epochs.current(engine) == 0
    assert [epochs.bump(engine), epochs.bump(engine)] == [1, 2]
    assert epochs.current(engine) == 2
    assert epochs.current(engine, "another") == 0
