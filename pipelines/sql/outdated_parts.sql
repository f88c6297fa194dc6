-- Parts of those days that nobody reads any more and that are still on disk, as they were before the last change.
select count() as parts
from system.parts
where database = currentDatabase()
    and not active
    and partition_id in {partitions:Array(String)}
    and modification_time <= {until:DateTime('UTC')}
