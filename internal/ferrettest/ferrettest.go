// Package ferrettest starts private FerretDB servers for tests of what speaks
// MongoDB's protocol: each has a directory of its own, listens on a port of
// this host, and ends with the process that began it.
package ferrettest

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is the module of the server, from the root of the project.
const source = "store/mongo/internal/ferretdb"

// Server is FerretDB 1.24 over SQLite files. What it acknowledged survives
// Kill, though not the crash of the machine.
type Server struct {
	binary  string
	dir     string
	address string // host and port; the port is chosen by the first start
	process *exec.Cmd
	input   io.Closer // the server ends when this does
}

// Start builds the server, unless it was built before, and starts it. Stop is
// to be called when it is needed no more.
func Start() (*Server, error) {
	binary, err := build()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ferretdb")
	if err != nil {
		return nil, err
	}
	s := &Server{binary: binary, dir: dir, address: "127.0.0.1:0"}
	if err := s.Restart(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// Address is the host and port where the server listens, also after a Restart.
func (s *Server) Address() string { return s.address }

// Restart starts the server, which does not run, and waits until it listens.
func (s *Server) Restart() error {
	process := exec.Command(s.binary, "-dir", s.dir, "-listen", s.address)
	process.Stderr = os.Stderr
	input, err1 := process.StdinPipe()
	output, err2 := process.StdoutPipe()
	if err := errors.Join(err1, err2, process.Start()); err != nil {
		return fmt.Errorf("start FerretDB: %w", err)
	}
	s.process, s.input = process, input
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return errors.Join(fmt.Errorf("read the address of FerretDB: %w", err), s.Kill())
	}
	uri, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		return errors.Join(fmt.Errorf("the address of FerretDB: %w", err), s.Kill())
	}
	s.address = uri.Host
	return nil
}

// Kill ends the server as a crash does. One that has ended stays so.
func (s *Server) Kill() error {
	err := s.process.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	_ = s.process.Wait() // it was killed
	return err
}

// Stop ends the server and removes what it kept.
func (s *Server) Stop() error {
	if s.process.ProcessState != nil { // it was killed
		return os.RemoveAll(s.dir)
	}
	return errors.Join(s.input.Close(), s.process.Wait(), os.RemoveAll(s.dir))
}

// build returns the binary: $FERRETDB if that is set, else one from the user's
// cache when its sources are the same.
func build() (string, error) {
	if made := os.Getenv("FERRETDB"); made != "" {
		return made, nil
	}
	root, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the sources of FerretDB: %w", err)
	}
	dir := filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), source)
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		hash.Write(data)
	}
	cache = filepath.Join(cache, "watchkeeper-test")
	binary := filepath.Join(cache, fmt.Sprintf("ferretdb-%x", hash.Sum(nil)[:8]))
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	made := fmt.Sprintf("%s.%d", binary, os.Getpid()) // others may build it, too
	cmd := exec.Command("go", "build", "-trimpath", "-o", made, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build FerretDB: %w\n%s", err, out)
	}
	return binary, os.Rename(made, binary)
}
