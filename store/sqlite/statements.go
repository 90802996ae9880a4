package sqlite

import "github.com/watchkeeper-go/watchkeeper/internal/sqlstore"

// statements are those that are executed for many rows, with the names filled
// in.
type statements struct {
	sequence, wake, wakes     string
	due, next, take, lease    string
	add, move, remove, insert string
	cancel, finish, waiting   string
	revision                  string
}

func statementsOf(d *sqlstore.Dialect) statements {
	return statements{
		sequence: d.SQL(`update @meta set value = value + $1 where key = 'sequence' returning value`),
		wake:     d.SQL(`update @meta set value = value + 1 where key = 'wake'`),
		wakes:    d.SQL(`select value from @meta where key = 'wake'`),
		due: d.SQL(`select ` + sqlstore.JobColumns + `, ` + sqlstore.AtLimit + ` from @jobs j
			where needs = $3 and next_us <= $2 and ` + sqlstore.Ready + ` and id not in (select value from json_each($4))
			order by next_us, id limit $5`),
		next: d.SQL(`select next_us from @jobs
			where needs = $2 and next_us > $1 and ` + sqlstore.Ready + ` and id not in (select value from json_each($3))
			order by next_us, id limit 1`),
		take: d.SQL(`update @runs set phase = 1, node = $1, token = $2, instance = $3, place = $4
			where id = $5 and phase = $6 and token = $7`),
		lease: d.SQL(`select exists (select 1 from @nodes where id = $1 and expires_us > $2)`),
		add: d.SQL(`insert into @jobs (id, needs, next_us, slot_us, last_us, paused, parked, room, body, rev)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`),
		move: d.SQL(`update @jobs set next_us = $3, slot_us = $4, last_us = $5, paused = $6, parked = $7, rev = $8
			where id = $1 and rev = $2 and ` + sqlstore.Readable),
		remove: d.SQL(`delete from @jobs where id = $1 and rev = $2 and ` + sqlstore.Readable),
		insert: d.SQL(`insert into @runs (` + sqlstore.RunColumns + `) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
			$13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`),
		cancel: d.SQL(`update @runs set cancel = cancel or phase = 1, phase = case phase when 0 then 2 else phase end,
			kind = case phase when 0 then 3 else kind end, finished_us = case phase when 0 then $3 else finished_us end
			where id = $1 and job = $2 and phase < 2`),
		finish: d.SQL(`update @runs set phase = 2, instance = null, place = null, attempt = $3, started_us = $4,
			kind = $5, finished_us = $6, error = $7, detail = $8, result = $9 where id = $1 and token = $2 and phase = 1`),
		waiting:  d.SQL(`select exists (select 1 from @runs where phase = 0)`),
		revision: d.SQL(`select rev from @jobs where id = $1`),
	}
}
