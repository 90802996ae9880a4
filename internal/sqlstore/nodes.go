package sqlstore

import (
	"context"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Nodes implements job.NodeLister.
func (b *Base) Nodes(ctx context.Context) ([]job.Node, error) {
	var nodes []job.Node
	err := b.DB.Read(ctx, func(tx Tx) error {
		t, err := b.Dialect.Now(ctx, tx, noTime())
		if err != nil {
			return err
		}
		now := Micros(t)
		nodes, err = query(ctx, b, tx, func(rows Rows) (job.Node, error) {
			var n job.Node
			var until, runs int64
			err := rows.Scan(&n.Name, &until, &runs)
			n.Until, n.Alive, n.Runs = Time(until), until > now, int(runs)
			return n, err
		}, `select id, expires_us, runs from (
			select id, expires_us, (select count(*) from @runs where phase = 1 and node = n.id) as runs from @nodes n
		) as known where expires_us > $1 or runs > 0 order by id`, now-job.RememberNodes.Microseconds())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list nodes: %w", err)
	}
	return nodes, nil
}
