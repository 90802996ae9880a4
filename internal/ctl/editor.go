package ctl

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync/atomic"

	"golang.org/x/term"
)

// editor reads lines from a terminal, with editing, history and completion.
// The terminal is raw only while a line is read, so that output at other
// times and Ctrl-C work as usual.
type editor struct {
	keyboard *keyboard
	out      io.Writer
	terminal *term.Terminal
	history  *history
	// complete extends the word before the cursor, or lists what could follow.
	complete func(line, word string) (extended string, choices []string)
	reading
}

func newEditor(keys *os.File, out io.Writer, complete func(line, word string) (string, []string)) *editor {
	e := &editor{keyboard: &keyboard{file: keys}, out: out, history: &history{}, complete: complete}
	e.renew()
	return e
}

// renew drops what is half read: a Terminal that has seen Ctrl-C keeps it.
func (e *editor) renew() {
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.keyboard, e.out}, "")
	e.terminal.History = e.history
	e.terminal.AutoCompleteCallback = e.onKey
}

func (e *editor) line(ctx context.Context, prompt string) (string, error) {
	t := e.terminal
	return e.read(ctx, func() (string, error) {
		t.SetPrompt(prompt)
		return t.ReadLine()
	})
}

func (e *editor) secret(ctx context.Context, prompt string) (string, error) {
	t := e.terminal
	return e.read(ctx, func() (string, error) { return t.ReadPassword(prompt) })
}

func (e *editor) screen() io.Writer { return e.terminal }

// read runs one of the Terminal's own reads in raw mode.
func (e *editor) read(ctx context.Context, read func() (string, error)) (string, error) {
	fd := int(e.keyboard.file.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer term.Restore(fd, before)
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		if err := e.terminal.SetSize(width, height); err != nil {
			return "", err
		}
	}
	line, err := e.wait(ctx, read)
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if err != nil && e.pending == nil {
		e.renew()
	}
	if err == io.EOF && e.keyboard.ctrlC.Load() {
		err = errInterrupted
	}
	return line, err
}

// onKey is the Terminal's callback for each key; only TAB matters.
func (e *editor) onKey(line string, pos int, key rune) (newLine string, newPos int, ok bool) {
	if key != '\t' {
		return "", 0, false
	}
	start := wordStart(line, pos)
	extended, choices := e.complete(line, line[start:pos])
	if len(choices) > 0 {
		width, _, err := term.GetSize(int(e.keyboard.file.Fd()))
		if err != nil {
			width = screenWidth
		}
		io.WriteString(e.terminal, columns(choices, width)) // a lost list can be asked for again
	}
	return line[:start] + extended + line[pos:], start + len(extended), true
}

// keyboard remembers whether Ctrl-C was in what was read last: the Terminal
// tells it from Ctrl-D no more than from the end of the input.
type keyboard struct {
	file  *os.File
	ctrlC atomic.Bool
}

func (k *keyboard) Read(p []byte) (int, error) {
	const ctrlC = 3
	n, err := k.file.Read(p)
	k.ctrlC.Store(bytes.IndexByte(p[:n], ctrlC) >= 0)
	return n, err
}
