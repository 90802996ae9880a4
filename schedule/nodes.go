package schedule

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Node is a scheduler that shares a store.
type Node struct {
	job.Node
	Store string // its alias
	Here  bool   // it is this scheduler
}

// Nodes tells who shares the stores, one store after another, by name. This
// scheduler is among them unless it is stopped, also where the store cannot tell
// (job.NodeLister) or has not heard of it yet. Nodes that are idle are listed for
// a while, see job.Node. A store that does not answer is in the error; the nodes
// of the others are returned all the same.
func (js Jobs) Nodes(ctx context.Context) ([]Node, error) {
	keepers, err := js.where()
	if err != nil {
		return nil, err
	}
	var all []Node
	var errs []error
	for _, k := range keepers {
		nodes, err := k.nodes(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("nodes of store %q: %w", k.alias, err))
		}
		all = append(all, nodes...)
	}
	return all, errors.Join(errs...)
}

// nodes tells who shares the store.
func (k *keeper) nodes(ctx context.Context) ([]Node, error) {
	own := k.lease.name()
	if k.s.State() == Stopped {
		own = ""
	}
	var known []job.Node
	if lister, ok := k.store.(job.NodeLister); ok {
		err := k.call(ctx, func(ctx context.Context) (err error) {
			known, err = lister.Nodes(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if own != "" && !slices.ContainsFunc(known, func(n job.Node) bool { return n.Name == own }) {
		known = append(known, job.Node{Name: own})
		slices.SortFunc(known, func(a, b job.Node) int { return strings.Compare(a.Name, b.Name) })
	}
	nodes := make([]Node, 0, len(known))
	for _, n := range withoutFormer(known) {
		nodes = append(nodes, Node{Node: n, Store: k.alias, Here: n.Name == own})
	}
	return nodes, nil
}

// withoutFormer leaves incarnations out that hold nothing and were followed by
// another one.
func withoutFormer(nodes []job.Node) []job.Node {
	latest := map[string]int{}
	for _, n := range nodes {
		base, incarnation := splitNode(n.Name)
		latest[base] = max(latest[base], incarnation)
	}
	return slices.DeleteFunc(nodes, func(n job.Node) bool {
		base, incarnation := splitNode(n.Name)
		return !n.Alive && n.Runs == 0 && incarnation < latest[base]
	})
}

// splitNode takes a name apart that lease.rename made.
func splitNode(name string) (base string, incarnation int) {
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		if n, err := strconv.Atoi(name[at+1:]); err == nil && n > 1 {
			return name[:at], n
		}
	}
	return name, 1
}
