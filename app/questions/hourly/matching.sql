-- The hours a page looks at, as conditions: one on each line, left out if its parameters were not given.
usage_hourly.hour >= {start:DateTime64(6)}
usage_hourly.hour < {end:DateTime64(6)}
has({status:Array(String)}, usage_hourly.status_class)
has({provider:Array(String)}, usage_hourly.provider)
has({model:Array(String)}, usage_hourly.model)
