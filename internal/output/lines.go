package output

import "bytes"

// maxLine bounds the part of a line that waits for its end.
const maxLine = 8 << 10

// lineCutter makes lines of chunks for the system log, each with the prefix
// in front (as handle_syslog). A line that is cut between two chunks stays
// one, unless it is longer than maxLine.
type lineCutter struct {
	prefix string
	to     LineWriter
	begun  []byte
}

func (c *lineCutter) write(p []byte) {
	for {
		line, rest, found := bytes.Cut(p, []byte{'\n'})
		if !found {
			break
		}
		c.send(line)
		p = rest
	}
	for len(c.begun)+len(p) >= maxLine {
		n := maxLine - len(c.begun)
		c.send(p[:n])
		p = p[n:]
	}
	c.begun = append(c.begun, p...)
}

func (c *lineCutter) send(end []byte) {
	for len(c.begun)+len(end) > maxLine {
		n := maxLine - len(c.begun)
		c.to.WriteLine(c.prefix + string(c.begun) + string(end[:n]))
		c.begun, end = nil, end[n:]
	}
	c.to.WriteLine(c.prefix + string(c.begun) + string(end))
	c.begun = nil // a line that has begun is rare; a quiet child costs no buffer
}

// end sends the line that nothing ended.
func (c *lineCutter) end() {
	if len(c.begun) > 0 {
		c.send(nil)
	}
}
