package ctl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/term"
)

// input is where the user's words come from. Its methods give errInterrupted
// when ctx ends or Ctrl-C is pressed, and io.EOF at the end of the input.
type input interface {
	// line shows prompt and reads a line without its end.
	line(ctx context.Context, prompt string) (string, error)
	// secret is line without echo and without history.
	secret(ctx context.Context, prompt string) (string, error)
	// screen is where to write while a line may be under way.
	screen() io.Writer
}

// reader makes the input of this session when it is first needed: with line
// editing if a person sits at both ends.
func (s *session) reader() input {
	if s.in == nil {
		if stdin, ok := s.env.Stdin.(*os.File); ok && s.env.Terminal && isTerminal(s.env.Stdout) {
			s.in = newEditor(stdin, s.stdout, s.complete)
		} else {
			s.in = &plainInput{source: bufio.NewReader(s.env.Stdin), out: s.stdout}
		}
	}
	return s.in
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ask reads an answer; without one the error is Python's.
func (s *session) ask(ctx context.Context, question string) (string, error) {
	return s.asked(ctx, question, s.reader().line)
}

// askSecret is ask for what must not be seen.
func (s *session) askSecret(ctx context.Context, question string) (string, error) {
	return s.asked(ctx, question, s.reader().secret)
}

func (s *session) asked(ctx context.Context, question string, read func(context.Context, string) (string, error)) (string, error) {
	s.flush()
	ctx, release := s.env.Interrupt(ctx)
	defer release()
	answer, err := read(ctx, question)
	if errors.Is(err, io.EOF) {
		err = &exception{"EOFError", "EOF when reading a line"}
	}
	return answer, err
}

// answer is what a read came to.
type answer struct {
	text string
	err  error
}

// reading lets a read that cannot be interrupted be given up: it goes on, and
// the next one waits for it instead of competing with it.
type reading struct{ pending chan answer }

func (r *reading) wait(ctx context.Context, read func() (string, error)) (string, error) {
	if r.pending == nil {
		done := make(chan answer, 1)
		r.pending = done
		go func() {
			text, err := read()
			done <- answer{text, err}
		}()
	}
	select {
	case a := <-r.pending:
		r.pending = nil
		return a.text, a.err
	case <-ctx.Done():
		return "", errInterrupted
	}
}

// plainInput reads lines from a pipe or file. Prompts are shown all the same,
// as Python does.
type plainInput struct {
	source *bufio.Reader
	out    io.Writer
	reading
}

func (p *plainInput) line(ctx context.Context, prompt string) (string, error) {
	if _, err := io.WriteString(p.out, prompt); err != nil {
		return "", err
	}
	return p.wait(ctx, func() (string, error) {
		line, err := p.source.ReadString('\n')
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case err == io.EOF && line != "":
			return line, nil
		}
		return "", err
	})
}

func (p *plainInput) secret(ctx context.Context, prompt string) (string, error) {
	return p.line(ctx, prompt)
}

func (p *plainInput) screen() io.Writer { return p.out }
