package web

import (
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/usage"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
)

// usageCell is what a process takes, as a page shows it.
type usageCell struct {
	CPU, Memory         string // "": not known
	CPULine, MemoryLine string // points of an SVG polyline; "": not drawn

	samples []usage.Sample
}

func (s *Site) usageOf(pid int, w *lang.Words) usageCell {
	if pid == 0 {
		return usageCell{}
	}
	c := usageCell{samples: s.Usage.Of(pid)}
	if len(c.samples) == 0 {
		return c
	}
	last := c.samples[len(c.samples)-1]
	c.Memory = w.Bytes(last.Memory)
	if last.CPU >= 0 {
		c.CPU = w.Share(last.CPU)
	}
	return c
}

// The size of a line, in units of its viewBox: one a sample.
const (
	lineWidth  = usage.Kept - 1
	lineHeight = 16
	leastLine  = 4 // samples; fewer look like a speck
)

// draw makes the lines. CPU is drawn against a tenth of a core, or its own
// greatest value if that is more, so that next to nothing looks like it; memory
// against its greatest value.
func (c *usageCell) draw() {
	if len(c.samples) < leastLine {
		return
	}
	cpu, memory := make([]float64, len(c.samples)), make([]float64, len(c.samples))
	most, largest := 0.1, 1.0
	for i, s := range c.samples {
		cpu[i], memory[i] = max(s.CPU, 0), float64(s.Memory)
		most, largest = max(most, cpu[i]), max(largest, memory[i])
	}
	c.CPULine, c.MemoryLine = line(cpu, most), line(memory, largest)
}

// line is a polyline that ends at the right edge. Points in a row with the same
// height are left out but for the first and the last: most lines are flat, and
// a page may have a thousand.
func line(values []float64, most float64) string {
	var b strings.Builder
	height := func(i int) int { return lineHeight - 1 - int(values[i]/most*(lineHeight-2)) }
	for i := range values {
		flat := i > 0 && i < len(values)-1 && height(i-1) == height(i) && height(i+1) == height(i)
		if !flat {
			fmt.Fprintf(&b, "%d,%d ", lineWidth-(len(values)-1-i), height(i))
		}
	}
	return strings.TrimSuffix(b.String(), " ")
}
