-- The days that lie wholly in the period a page looks at, as conditions: one on each line.
users_daily.day > toDate({start:DateTime64(6)})
users_daily.day < toDate({end:DateTime64(6)})
