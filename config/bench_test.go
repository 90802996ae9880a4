package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// BenchmarkLoad is what a reload of 1,000 programs costs: reading, validating
// and comparing with what runs.
func BenchmarkLoad(b *testing.B) {
	var text strings.Builder
	text.WriteString("[supervisord]\nenvironment = LEVEL=\"info\"\n[unix_http_server]\nfile = /tmp/s\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "[program:web%d]\ncommand = /usr/bin/web --port=%%(process_num)d --name %%(program_name)s\n"+
			"directory = /tmp\nuser = root\nenvironment = A=\"1\",B=\"%%(ENV_LEVEL)s\"\nautorestart = true\nstdout_logfile = /tmp/%%(program_name)s.log\n", i)
	}
	path := filepath.Join(b.TempDir(), "main.conf")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	host := config.System()
	before, err := config.Load(path, host, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		after, err := config.Load(path, host, nil)
		if err != nil {
			b.Fatal(err)
		}
		if added, changed, removed := config.Diff(before.Groups, after.Groups); len(added)+len(changed)+len(removed) > 0 {
			b.Fatalf("an unchanged file gives %v, %v, %v", added, changed, removed)
		}
	}
}

// BenchmarkLoadJobs is what a reload of 1,000 jobs costs: their triggers are
// made and looked at, too.
func BenchmarkLoadJobs(b *testing.B) {
	var text strings.Builder
	text.WriteString("[supervisord]\n[scheduler]\ntimezone = Europe/Berlin\nretries = 2\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "[job:job%d]\ncommand = /usr/bin/backup --of %%(program_name)s\ntrigger = cron\nhour = %d\nminute = */20\nuser = root\nenvironment = A=\"1\"\n", i, i%24)
	}
	path := filepath.Join(b.TempDir(), "main.conf")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	host := config.System()
	before, err := config.Load(path, host, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		after, err := config.Load(path, host, nil)
		if err != nil {
			b.Fatal(err)
		}
		if added, changed, removed := config.DiffJobs(before.Scheduler, after.Scheduler); len(added)+len(changed)+len(removed) > 0 {
			b.Fatalf("an unchanged file gives %v, %v, %v", added, changed, removed)
		}
	}
}
