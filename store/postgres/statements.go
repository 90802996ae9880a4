package postgres

import (
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// statements are those that move many rows at once, with the names filled in.
type statements struct {
	due, next                       string
	hold, dueShared, nextShared     string
	sequence, take                  string
	add, lease, commit, refused     string
	revisions, finish, stillWaiting string
}

// wake is delivered when the transaction is committed; equal ones of a
// transaction are delivered once.
const wake = `select pg_notify($1, '')`

// owed are the columns of a run that a Commit brings.
const owed = `id, job, needs, slot_us, due_us, phase, instance, room, attempt, grp, place, grp_room, started_us, kind,
	finished_us, error, detail, result, body`

// runArrays are the parameters from $10 on that the runs of a Commit come in.
const runArrays = `$10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::smallint[], $16::bigint[],
	$17::bigint[], $18::bigint[], $19::text[], $20::bigint[], $21::bigint[], $22::bigint[], $23::smallint[], $24::bigint[],
	$25::text[], $26::text[], $27::text[], $28::text[]`

func statementsOf(d *sqlstore.Dialect) statements {
	s := statements{
		sequence: `select nextval('@seq') from generate_series(1, $1)`,
		take: `update @runs r set phase = 1, node = $1, token = p.new, instance = p.instance, place = p.place
			from unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
				as p(id, phase, token, new, instance, place)
			where r.id = p.id and r.phase = p.phase and r.token = p.token returning r.id`,
		add: `insert into @jobs (id, needs, next_us, slot_us, last_us, paused, parked, room, body, rev)
			select u.*, nextval('@seq') from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[],
				$5::bigint[], $6::boolean[], $7::text[], $8::bigint[], $9::text[]) as u
			on conflict (id) do nothing returning id`,
		lease: `select exists (select 1 from @nodes where id = $1 and expires_us > ` + clock + `)`,
		commit: `with a as (
				select * from unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::boolean[], $8::text[], $9::boolean[])
					as a(id, rev, next_us, slot_us, last_us, paused, parked, gone)
				where exists (select 1 from @nodes where id = $1 and expires_us > ` + clock + `)
			), moved as (
				update @jobs j set next_us = a.next_us, slot_us = a.slot_us, last_us = a.last_us,
					paused = a.paused, parked = a.parked, rev = nextval('@seq')
				from a where j.id = a.id and j.rev = a.rev and not a.gone and ` + sqlstore.Readable + ` returning j.id, j.rev
			), removed as (
				delete from @jobs j using a where j.id = a.id and j.rev = a.rev and a.gone and ` + sqlstore.Readable + ` returning j.id, j.rev
			), done as (
				select * from moved union all select * from removed
			), owed as (
				insert into @runs (` + owed + `, node, token, cancel)
				select ` + owed + `, case when phase = 1 then $1 else '' end, case when phase = 1 then nextval('@seq') else 0 end, false
				from (select r.* from unnest(` + runArrays + `) with ordinality as r(` + owed + `, n)
					join done on done.id = r.job order by r.n) as r
				returning id, token
			), unwanted as (
				update @runs r set cancel = r.cancel or r.phase = 1, phase = case r.phase when 0 then 2 else r.phase end,
					kind = case r.phase when 0 then 3 else r.kind end,
					finished_us = case r.phase when 0 then ` + clock + ` else r.finished_us end
				from unnest($29::text[], $30::text[]) as c(id, job) join done on done.id = c.job
				where r.id = c.id and r.job = c.job and r.phase < 2
			)
			select false, id, rev from done union all select true, id, token from owed`,
		refused: `select r.n, exists (select 1 from @runs o where o.id = r.id) from unnest($1::text[], $2::text[], $3::bigint[], $4::text[],
				$5::bigint[]) with ordinality as r(id, job, instance, grp, place, n)
			where exists (select 1 from @runs o where o.id = r.id)
				or exists (select 1 from @runs o where o.job = r.job and o.instance = r.instance and o.phase < 2)
				or exists (select 1 from @runs o where o.grp = r.grp and o.place = r.place and o.phase = 1 and o.place is not null)`,
		revisions: `select id, rev from @jobs where id = any($1)`,
		finish: `update @runs r set phase = 2, instance = null, place = null, attempt = f.attempt, started_us = f.started_us,
				kind = f.kind, finished_us = f.finished_us, error = f.error, detail = f.detail, result = f.result
			from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[], $7::text[], $8::text[],
				$9::text[]) as f(id, token, attempt, started_us, kind, finished_us, error, detail, result)
			where r.id = f.id and r.token = f.token and r.phase = 1 returning r.id`,
		stillWaiting: `select pg_notify($1, '') where exists (select 1 from @runs where phase = 0)`,
	}
	s.claims()
	for _, text := range []*string{
		&s.due, &s.next, &s.hold, &s.dueShared, &s.nextShared, &s.sequence, &s.take, &s.add, &s.lease, &s.commit, &s.refused,
		&s.revisions, &s.finish, &s.stillWaiting,
	} {
		*text = strings.ReplaceAll(*text, "@", d.Prefix)
	}
	return s
}

// claims fills in the statements that look for jobs. With an array of few and
// a lateral query, the index gives the rows in their order.
func (s *statements) claims() {
	const (
		ready = `from @jobs where needs = s.needs and next_us <= {horizon} and ` + sqlstore.Ready + ` and id <> all ({except}::text[])`
		free  = ` and rev not in (select rev from held)`
		first = ` order by next_us, id limit {limit}`
		serve = `from unnest({serves}::text[]) as s(needs) cross join lateral `
		// others are the holds of other nodes that live.
		others = `from @holds h join @nodes n on n.id = h.node where h.node <> {node} and h.until_us > {now} and n.expires_us > {now}`
		held   = `with held as materialized (select unnest(h.revs) as rev ` + others + `) `
		later  = `select min(j.next_us) ` + serve + `(
			select next_us from @jobs where needs = s.needs and next_us > {horizon} and ` + sqlstore.Ready + ` and id <> all ({except}::text[])
			order by next_us, id limit 1) as j`
	)
	due := `select j.id, j.next_us, j.slot_us, j.last_us, j.paused, j.parked, j.rev, j.body, ` +
		strings.ReplaceAll(sqlstore.AtLimit, "$1", "{now}") + ` ` + serve + `(select * `
	s.due = numbered(due+ready+first+`) as j`+first, "horizon", "serves", "except", "now", "limit")
	s.dueShared = numbered(held+due+ready+free+first+`) as j`+first, "horizon", "serves", "except", "now", "limit", "node")
	s.next = numbered(later, "horizon", "serves", "except")
	s.nextShared = numbered(`select (`+later+`), (
		select min(least(o.until_us, o.expires_us)) from (select h.until_us, n.expires_us, unnest(h.revs) as rev `+others+`) as o
			join (select j.rev `+serve+`(select rev `+ready+`) as j) as j on j.rev = o.rev)`,
		"horizon", "serves", "except", "now", "node")
	s.hold = numbered(held+`insert into @holds (node, until_us, revs)
		select {node}, `+clock+` + {moment}, array_agg(j.rev) from (
			select j.rev `+serve+`(
				select next_us, id, rev `+ready+free+` and rev <> all ({passed}::bigint[])`+first+`) as j`+first+`) as j
		having count(*) > 0
		on conflict (node) do update set until_us = excluded.until_us, revs = excluded.revs`,
		"horizon", "serves", "except", "now", "limit", "node", "passed", "moment")
}

// numbered is text with the numbers of the parameters for their names.
func numbered(text string, names ...string) string {
	for i, name := range names {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprintf("$%d", i+1))
	}
	return text
}
