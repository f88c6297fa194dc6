from pathlib import Path

import pytest

from control.migrate import migrate
from control.settings import BootstrapSettings
from weir.first_start import create_first
from weir.instance import open_instance
from weir.settings import InstanceSettings


@pytest.mark.parametrize("demo", [True, False])
def test_an_instance_that_was_begun_with_demo_data_or_without_goes_on_the_other_way(tmp_path: Path, demo: bool):
    instance = open_instance(InstanceSettings(data_dir=tmp_path), BootstrapSettings())
    with instance.database() as engine:
        migrate(engine)
    first = create_first(instance, demo=demo)
    assert create_first(instance, demo=not demo).organization_id == first.organization_id
