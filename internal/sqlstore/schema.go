package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Ready is the condition that the index of due jobs is made with; a query
// that is to use it says the same words.
const Ready = "not paused and parked = ''"

// migrations are the schema's versions, in order: the first makes version 1.
// One that was released is never changed.
func (d *Dialect) migrations() [][]string {
	return [][]string{d.first()}
}

// first makes the tables. The work of a slot touches few of the indexes: while
// a run lives it is in those of live runs, which stay small, and in those of
// the history once it is over.
func (d *Dialect) first() []string {
	return append([]string{
		`create table @jobs (
			id      ` + d.Text + ` primary key,
			needs   ` + d.Text + ` not null,
			next_us bigint,
			slot_us bigint  not null,
			last_us bigint  not null,
			paused  boolean not null,
			parked  text    not null,
			rev     bigint  not null,
			room    bigint  not null,
			body    text    not null)`,
		`create index @jobs_due on @jobs (needs, next_us, id) where next_us is not null and ` + Ready,
		`create table @runs (
			id          ` + d.Text + ` primary key,
			job         ` + d.Text + ` not null,
			needs       ` + d.Text + ` not null,
			slot_us     bigint   not null,
			due_us      bigint   not null,
			phase       smallint not null,
			node        ` + d.Text + ` not null,
			token       bigint   not null,
			attempt     bigint   not null,
			instance    bigint,
			room        bigint   not null,
			grp         ` + d.Text + ` not null,
			place       bigint,
			grp_room    bigint   not null,
			cancel      boolean  not null,
			started_us  bigint   not null,
			kind        smallint not null,
			finished_us bigint   not null,
			error       text     not null,
			detail      text     not null,
			result      text     not null,
			body        text     not null)`,
		`create unique index @runs_live on @runs (job, instance) where phase < 2`,
		`create unique index @runs_place on @runs (grp, place) where phase = 1 and place is not null`,
		`create index @runs_node on @runs (node) where phase = 1`,
		`create index @runs_cancel on @runs (node) where phase = 1 and cancel`,
		`create index @runs_wait on @runs (needs, due_us, id, job) where phase = 0`,
		`create index @runs_job on @runs (job, slot_us) where phase = 2`,
		`create index @runs_slot on @runs (slot_us) where phase = 2`,
		`create table @nodes (
			id         ` + d.Text + ` primary key,
			expires_us bigint not null,
			until_us   bigint not null)`,
	}, d.Extra...)
}

// metaTable is made before all else; what it holds says which store it is.
const metaTable = `create table if not exists @meta (key text primary key, value bigint not null)`

// CheckPrefix refuses what cannot be part of a name without quotes.
func CheckPrefix(prefix string) error {
	if !regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`).MatchString(prefix) {
		return fmt.Errorf("prefix %q: it is to have up to 40 of a-z, 0-9 and _, the first no digit", prefix)
	}
	return nil
}

// Migrate brings the tables to the latest version, in a transaction that no
// other Migrate runs beside. There is job.ErrForeign when tables of these
// names are somebody else's.
func (b *Base) Migrate(ctx context.Context, tx Tx, exists func(table string) (bool, error)) error {
	d := b.Dialect
	ours, err := exists(d.Prefix + "meta")
	if err != nil {
		return fmt.Errorf("look for the tables: %w", err)
	}
	for _, name := range []string{"jobs", "runs", "nodes"} {
		found, err := exists(d.Prefix + name)
		if err != nil {
			return fmt.Errorf("look for the tables: %w", err)
		}
		if found && !ours {
			return fmt.Errorf("table %s%s %w: choose another prefix or database", d.Prefix, name, job.ErrForeign)
		}
	}
	if _, err := b.exec(ctx, tx, metaTable); err != nil {
		return fmt.Errorf("make table %smeta: %w", d.Prefix, err)
	}
	version, err := query(ctx, b, tx, One[int64], `select value from @meta where key = 'schema'`)
	if err != nil {
		return fmt.Errorf("read the version of the schema: %w", err)
	}
	from := int64(0)
	if len(version) > 0 {
		from = version[0]
	}
	all := d.migrations()
	if from > int64(len(all)) {
		return fmt.Errorf("the schema has version %d, and this release knows versions up to %d", from, len(all))
	}
	return b.migrate(ctx, tx, from, all)
}

func (b *Base) migrate(ctx context.Context, tx Tx, from int64, all [][]string) error {
	for i := from; i < int64(len(all)); i++ {
		for _, statement := range all[i] {
			if _, err := b.exec(ctx, tx, statement); err != nil {
				return fmt.Errorf("migrate to version %d: %w", i+1, err)
			}
		}
	}
	if from == int64(len(all)) {
		return nil
	}
	_, err := b.exec(ctx, tx, `insert into @meta (key, value) values ('schema', $1)
		on conflict (key) do update set value = excluded.value`, int64(len(all)))
	if err != nil {
		return fmt.Errorf("write the version of the schema: %w", err)
	}
	return nil
}

// ErrKept: a job that cannot be decoded is never written over.
var ErrKept = errors.New("what is stored of it cannot be decoded, and is kept until the job is removed")

// Readable is the condition that a job is not of a later release: job.EncodeJob
// begins with its version.
const Readable = `body like '{"v":1,%'`
