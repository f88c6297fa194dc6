from uuid import uuid4

from sqlalchemy.engine import Engine

from control import epochs


def test_an_epoch_grows_with_every_change(engine: Engine):
    assert epochs.current(engine) == 0
    assert [epochs.bump(engine), epochs.bump(engine)] == [1, 2]
    assert epochs.current(engine) == 2
    assert epochs.current(engine, "another") == 0


def test_the_epochs_of_all_caches_are_read_at_once(engine: Engine):
    one, other = uuid4(), uuid4()
    epochs.bump(engine)
    epochs.bump(engine, epochs.cache_of(one))
    assert epochs.all_of(engine, epochs.CACHE) == {epochs.cache_of(one): 1}
    epochs.bump(engine, epochs.cache_of(other))
    epochs.bump(engine, epochs.cache_of(one))
    assert epochs.all_of(engine, epochs.CACHE) == {epochs.cache_of(one): 2, epochs.cache_of(other): 1}
