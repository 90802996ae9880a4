package output

import (
	"bytes"
	"strings"
)

// The tags around a communication block (as ProcessCommunicationEvent). The
// first byte of a tag occurs in it only once, on which cut relies.
const (
	beginTag = "<!--XSUPERVISOR:BEGIN-->"
	endTag   = "<!--XSUPERVISOR:END-->"
)

// capture finds the blocks that a child writes between the tags. What may be
// the begin of a tag at the end of a chunk is held until the next one tells,
// and nothing else is.
type capture struct {
	max     int64
	inside  bool   // a block has begun
	matched int    // how many bytes of the awaited tag ended the last chunk
	block   []byte // of the block so far
}

// tag is the one that is waited for.
func (c *capture) tag() string {
	if c.inside {
		return endTag
	}
	return beginTag
}

// cut splits p, which is not empty, into the text before the next tag and the
// rest behind it; found tells whether there was a tag, else rest is what is
// still to be cut.
func (c *capture) cut(p []byte) (text, rest []byte, found bool) {
	tag := c.tag()
	if c.matched > 0 {
		missing := tag[c.matched:]
		n := min(len(missing), len(p))
		if string(p[:n]) != missing[:n] {
			return c.held(), p, false
		}
		c.matched += n
		if n < len(missing) {
			return nil, nil, false
		}
		c.matched = 0
		return nil, p[n:], true
	}
	if i := bytes.Index(p, []byte(tag)); i >= 0 {
		return p[:i], p[i+len(tag):], true
	}
	c.matched = beginsAtEnd(p, tag)
	return p[:len(p)-c.matched], nil, false
}

// beginsAtEnd is how many bytes at the end of p begin tag.
func beginsAtEnd(p []byte, tag string) int {
	end := p[max(0, len(p)-len(tag)+1):]
	i := bytes.LastIndexByte(end, tag[0])
	if i < 0 || !strings.HasPrefix(tag, string(end[i:])) {
		return 0
	}
	return len(end) - i
}

// held gives back the bytes that turned out not to be a tag.
func (c *capture) held() []byte {
	text := []byte(c.tag()[:c.matched])
	c.matched = 0
	return text
}

// turn takes note of a tag. After the end tag it returns the block.
func (c *capture) turn() (block []byte, done bool) {
	c.inside = !c.inside
	if c.inside {
		return nil, false
	}
	block, c.block = c.block, nil
	return block, true
}

// keep adds p to the block. The bound is soft, as BoundIO.write: once it
// would be passed as many bytes are dropped in front as are added, so what is
// kept is an end of the block and at most max or the length of one chunk.
func (c *capture) keep(p []byte) {
	if int64(len(c.block))+int64(len(p)) > c.max {
		n := copy(c.block, c.block[min(len(p), len(c.block)):])
		c.block = c.block[:n]
	}
	c.block = append(c.block, p...)
}

// abandon ends a block that has no end; it returns the block with its tag.
func (c *capture) abandon() []byte {
	if !c.inside {
		return nil
	}
	text := append([]byte(beginTag), c.block...)
	c.inside, c.block = false, nil
	return text
}
