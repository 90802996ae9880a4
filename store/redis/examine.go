package redis

import (
	"context"
	"fmt"
	"strings"
)

// Examine implements job.Examiner: what the server is set to that makes it
// forget, or refuse, what the store relies on. It heals the store, too, and goes
// through all jobs for that.
func (s *Store) Examine(ctx context.Context) ([]string, error) {
	info, err := s.client.Info(ctx).Result()
	if err != nil {
		return nil, wrap("examine", err)
	}
	var lines []string
	if policy := infoField(info, "maxmemory_policy"); policy != "" && policy != "noeviction" && infoField(info, "maxmemory") != "0" {
		lines = append(lines, fmt.Sprintf("maxmemory-policy is %s: the server may drop jobs when its memory is full; set it to noeviction", policy))
	} else if policy != "" && policy != "noeviction" {
		lines = append(lines, fmt.Sprintf("maxmemory-policy is %s, which would drop jobs once maxmemory is set; set it to noeviction", policy))
	}
	if infoField(info, "aof_enabled") == "0" {
		lines = append(lines, "appendonly is no: a crash of the server loses what was acknowledged since its last snapshot; set appendonly yes")
	}
	if infoField(info, "aof_last_write_status") == "err" {
		lines = append(lines, "the server cannot write its append-only file (aof_last_write_status:err)")
	}
	if infoField(info, "role") == "slave" {
		lines = append(lines, "the server is a replica: it takes no writes; give the address of its master "+
			strings.TrimSuffix(infoField(info, "master_host")+":"+infoField(info, "master_port"), ":"))
	}
	if err := s.heal(ctx); err != nil {
		return lines, wrap("examine", err)
	}
	return lines, nil
}
