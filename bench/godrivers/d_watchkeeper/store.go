package main

import (
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// openStore opens an empty store.
func openStore() (job.Store, error) { return memory.New(memory.Options{}), nil }
