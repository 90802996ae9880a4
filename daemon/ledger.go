package daemon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// ledger is a service.Ledger on the disk: a file with a line of JSON for each
// change, so that ten thousand changes cost ten thousand lines. It is written anew
// when it is first used.
type ledger struct {
	path string

	mu       sync.Mutex
	declared map[service.Declaration]bool // nil until it was read
	file     *os.File                     // to be written at its end
}

// entry is a line of a ledger.
type entry struct {
	Store    string `json:"store"`
	Job      string `json:"job"`
	Declared bool   `json:"declared"`
}

// Declared implements service.Ledger.
func (l *ledger) Declared() ([]service.Declaration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.open(); err != nil {
		return nil, err
	}
	var all []service.Declaration
	for d := range l.declared {
		all = append(all, d)
	}
	return all, nil
}

// Note implements service.Ledger.
func (l *ledger) Note(these []service.Declaration, declared bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.open(); err != nil {
		return err
	}
	var changed []service.Declaration
	for _, d := range these {
		if l.declared[d] != declared {
			changed = append(changed, d)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	if _, err := l.file.Write(ledgerLines(changed, declared)); err != nil {
		// Half a line may be there: the next use writes the file anew.
		return errors.Join(err, l.forget())
	}
	for _, d := range changed {
		if declared {
			l.declared[d] = true
		} else {
			delete(l.declared, d)
		}
	}
	return nil
}

func ledgerLines(these []service.Declaration, declared bool) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	for _, d := range these {
		// A struct of strings is JSON, and a buffer takes everything.
		_ = encoder.Encode(entry{d.Store, d.Job, declared})
	}
	return text.Bytes()
}

// open reads the ledger and writes it anew, if that was not done yet.
func (l *ledger) open() error {
	if l.file != nil {
		return nil
	}
	if l.declared == nil {
		declared, err := readLedger(l.path)
		if err != nil {
			return err
		}
		l.declared = declared
	}
	var all []service.Declaration
	for d := range l.declared {
		all = append(all, d)
	}
	next := l.path + ".new"
	if err := os.WriteFile(next, ledgerLines(all, true), 0o600); err != nil {
		return err
	}
	if err := os.Rename(next, l.path); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0o600)
	l.file = file
	return err
}

// readLedger reads what stands. A last line without an end was not written whole,
// and does not count.
func readLedger(path string) (map[service.Declaration]bool, error) {
	declared := make(map[service.Declaration]bool)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if text = rest; !whole {
			break
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		d := service.Declaration{Store: e.Store, Job: e.Job}
		if e.Declared {
			declared[d] = true
		} else {
			delete(declared, d)
		}
	}
	return declared, nil
}

// forget closes the file; the next use opens it again.
func (l *ledger) forget() error {
	err := l.file.Close()
	l.file = nil
	return err
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.forget()
}
