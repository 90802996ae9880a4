package daemon

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/service"
)

func declaredIn(t *testing.T, l *ledger) []string {
	t.Helper()
	all, err := l.Declared()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range all {
		names = append(names, d.Store+"/"+d.Job)
	}
	slices.Sort(names)
	return names
}

func TestLedgerOutlivesTheDaemon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "declared")
	l := &ledger{path: path}
	note := func(declared bool, jobs ...string) {
		t.Helper()
		var these []service.Declaration
		for _, j := range jobs {
			these = append(these, service.Declaration{Store: "default", Job: j})
		}
		if err := l.Note(these, declared); err != nil {
			t.Fatal(err)
		}
	}
	note(true, "a", "b", "new\nline")
	note(true, "b", "c")
	note(false, "a", "unknown")
	want := []string{"default/b", "default/c", "default/new\nline"}
	if diff := cmp.Diff(want, declaredIn(t, l)); diff != "" {
		t.Errorf("declared (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, declaredIn(t, &ledger{path: path})); diff != "" {
		t.Errorf("declared after a crash (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), "\n"); n != 3 { // written anew
		t.Errorf("%d lines, want 3:\n%s", n, text)
	}
	// Half a line is what a full disk or a crash leaves.
	if err := os.WriteFile(path, append(text, `{"store":"default","job":"ha`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, declaredIn(t, &ledger{path: path})); diff != "" {
		t.Errorf("declared after half a line (-want +got):\n%s", diff)
	}
	if err := os.WriteFile(path, []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (&ledger{path: path}).Declared(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("nonsense gives %v", err)
	}
}

func TestLedgerIsWrittenAnewAfterAFailure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "declared")
	l := &ledger{path: path}
	one, two := []service.Declaration{{Store: "s", Job: "one"}}, []service.Declaration{{Store: "s", Job: "two"}}
	if err := l.Note(one, true); err != nil {
		t.Fatal(err)
	}
	if err := l.file.Close(); err != nil { // as bad as a full disk
		t.Fatal(err)
	}
	if err := l.Note(two, true); err == nil {
		t.Error("a write that fails is no error")
	}
	if err := l.Note(two, true); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"s/one", "s/two"}, declaredIn(t, &ledger{path: path})); diff != "" {
		t.Errorf("declared (-want +got):\n%s", diff)
	}
}
