package daemon

import (
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
)

func TestNobodyElseReadsADatabaseOfJobs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	store, err := OpenStore(t.Context(), config.JobStore{Type: config.SQLiteStore, Path: filepath.Join(dir, "jobs.db")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&fs.FileMode(0o077) != 0 {
			t.Errorf("%s has mode %v", name, mode)
		}
	}
}
