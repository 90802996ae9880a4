package output

import (
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	// syslogPatience bounds how long a line may wait for a system logger that
	// does not read, and syslogPause how long it is then left alone.
	syslogPatience = 100 * time.Millisecond
	syslogPause    = time.Second
)

// Syslog sends lines to the local system logger in the form of Python's
// syslog module: facility user, severity info, no pid. A logger that is away
// or slow loses lines; it is told how many when it is back. It is safe for
// concurrent use.
type Syslog struct {
	ident string
	paths []string

	mu      sync.Mutex // guards what follows
	conn    net.Conn   // nil while there is none
	stream  bool
	retry   time.Time // nothing is tried before
	dropped int
	buffer  []byte
}

// NewSyslog returns a Syslog that names itself ident, such as "supervisord".
// It connects at the first line.
func NewSyslog(ident string) *Syslog {
	return newSyslog(ident, "/dev/log", "/var/run/syslog", "/var/run/log")
}

func newSyslog(ident string, paths ...string) *Syslog {
	return &Syslog{ident: ident, paths: paths}
}

// WriteLine sends one line.
func (s *Syslog) WriteLine(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Before(s.retry) {
		s.dropped++
		return
	}
	if s.dropped > 0 && !s.deliver(now, strconv.Itoa(s.dropped)+" lines could not be sent to the system log") {
		s.dropped++
		return
	}
	s.dropped = 0
	if !s.deliver(now, line) {
		s.dropped = 1
	}
}

// Close gives up the connection; the next line makes a new one.
func (s *Syslog) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// deliver sends text, over a new connection if the old one was lost (the
// system logger was restarted). After a failure it is left alone for a while.
func (s *Syslog) deliver(now time.Time, text string) bool {
	known := s.conn != nil
	if s.send(now, text) || known && s.send(now, text) {
		return true
	}
	s.retry = time.Now().Add(syslogPause)
	return false
}

func (s *Syslog) send(now time.Time, text string) bool {
	if s.conn == nil && !s.connect() {
		return false
	}
	b := append(s.buffer[:0], "<14>"...) // LOG_USER | LOG_INFO
	b = now.AppendFormat(b, time.Stamp)
	b = append(append(b, ' '), s.ident...)
	b = append(append(b, ": "...), text...)
	if s.stream {
		b = append(b, 0) // ends a record, as in the C library
	}
	s.buffer = b
	err := s.conn.SetWriteDeadline(time.Now().Add(syslogPatience))
	if err == nil {
		_, err = s.conn.Write(b)
	}
	if err == nil {
		return true
	}
	s.conn.Close() // it has failed already; the line is counted
	s.conn = nil
	return false
}

func (s *Syslog) connect() bool {
	for _, path := range s.paths {
		for _, network := range []string{"unixgram", "unix"} {
			conn, err := net.DialTimeout(network, path, syslogPatience)
			if err == nil {
				s.conn, s.stream = conn, network == "unix"
				return true
			}
		}
	}
	return false
}
