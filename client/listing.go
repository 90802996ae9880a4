package client

import (
	"context"
	"iter"
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// What /api/v1 tells of processes is more than XML-RPC has room for: when they are
// started next, notes, and how event listeners are doing.

// Processes gives all processes as /api/v1 tells them, those of one group, or of
// all for "", sorted by group, then name, page by page. It stops at the first error.
func (c *Client) Processes(ctx context.Context, group string) iter.Seq2[api.Process, error] {
	return func(yield func(api.Process, error) bool) {
		for after := ""; ; {
			page, err := ask[api.Processes](ctx, c, exchange{method: http.MethodGet, path: []string{"processes"},
				query: query("group", group, "after", after)})
			if err != nil {
				yield(api.Process{}, err)
				return
			}
			for _, p := range page.Processes {
				if !yield(p, nil) {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}

// ProcessStatus tells of one process, "group:name", or the name alone where both
// are the same, as /api/v1 does.
func (c *Client) ProcessStatus(ctx context.Context, id string) (api.Process, error) {
	return ask[api.Process](ctx, c, exchange{method: http.MethodGet, path: []string{"processes", id}})
}
