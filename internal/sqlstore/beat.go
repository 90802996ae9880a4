package sqlstore

import (
	"context"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Beat implements job.Claims. A promise is not taken back: what it covered may
// have begun.
func (b *Base) Beat(ctx context.Context, beat job.Beat) (job.Pulse, error) {
	var p job.Pulse
	err := b.DB.Write(ctx, func(tx Tx) error {
		now, err := b.Dialect.Now(ctx, tx, beat.Now)
		if err != nil {
			return err
		}
		p = job.Pulse{Now: Time(Micros(now))}
		until := Micros(now.Add(beat.Ahead))
		if beat.Lease <= 0 {
			return b.leave(ctx, tx, beat.Node, Micros(now))
		}
		_, err = b.exec(ctx, tx, `insert into @nodes (id, expires_us, until_us) values ($1, $2, $3)
			on conflict (id) do update set expires_us = excluded.expires_us, until_us =
				case when @nodes.until_us > excluded.until_us then @nodes.until_us else excluded.until_us end`,
			beat.Node, Micros(now.Add(beat.Lease)), until)
		if err != nil {
			return err
		}
		p.Cancelled, err = query(ctx, b, tx, One[string],
			`select id from @runs where phase = 1 and cancel and node = $1 order by id`, beat.Node)
		return err
	})
	if err != nil {
		return job.Pulse{}, fmt.Errorf("beat of %s: %w", beat.Node, err)
	}
	return p, nil
}

// leave ends a lease, tells the others, and forgets nodes that are gone.
func (b *Base) leave(ctx context.Context, tx Tx, node string, now int64) error {
	ended, err := b.exec(ctx, tx, `update @nodes set expires_us = $2 where id = $1 and expires_us > $2`, node, now)
	if err != nil {
		return err
	}
	_, err = b.exec(ctx, tx, `delete from @nodes where (id = $1 and expires_us <= $3 or expires_us < $2)
		and not exists (select 1 from @runs where phase = 1 and node = @nodes.id)`, node, now-job.RememberNodes.Microseconds(), now)
	if err != nil || ended == 0 {
		return err
	}
	return b.Dialect.Wake(ctx, tx)
}
