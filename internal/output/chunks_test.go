package output_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

const (
	begin = "<!--XSUPERVISOR:BEGIN-->"
	end   = "<!--XSUPERVISOR:END-->"
)

// outcome is all that can be seen of a stream that went through a Log.
type outcome struct {
	File, Data string
	Blocks     []string
	Lines      []string
}

type lineList []string

func (l *lineList) WriteLine(line string) { *l = append(*l, line) }

// through sends chunks through a Log that has every stage on.
func through(t testing.TB, path string, captureMax int64, chunks [][]byte) outcome {
	var got outcome
	var lines lineList
	log := output.NewLog(output.Config{
		Name: "x", Channel: "stdout", Path: path,
		CaptureMax: captureMax, StripANSI: true, Syslog: &lines,
		OnData:    func(p []byte) { got.Data += string(p) },
		OnCapture: func(p []byte) { got.Blocks = append(got.Blocks, string(p)) },
	})
	if err := log.Open(); err != nil {
		t.Fatal(err)
	}
	for _, c := range chunks {
		log.Write(bytes.Clone(c))
	}
	log.Finish()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	got.Lines = lines
	if path != "" {
		got.File = read(t, path)
	}
	return got
}

func read(t testing.TB, path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// wanted says the same of the whole stream, the plain way.
func wanted(stream string) outcome {
	sequence := regexp.MustCompile("\x1b\\[[ -?]*[@-~]?")
	strip := func(s string) string { return sequence.ReplaceAllString(s, "") }
	var want outcome
	for {
		text, rest, found := strings.Cut(stream, begin)
		want.File += strip(text)
		want.Data += strip(text)
		if !found {
			break
		}
		block, after, closed := strings.Cut(rest, end)
		want.Data += strip(block)
		if !closed {
			want.File += begin + strip(block)
			break
		}
		want.Blocks = append(want.Blocks, strip(block))
		stream = after
	}
	if want.File != "" {
		for line := range strings.SplitSeq(strings.TrimSuffix(want.File, "\n"), "\n") {
			want.Lines = append(want.Lines, "x "+line)
		}
	}
	return want
}

// pieces cuts stream behind the given lengths, over and over.
func pieces(stream string, lengths []byte) [][]byte {
	var chunks [][]byte
	for i := 0; stream != ""; i++ {
		n := len(stream)
		if len(lengths) > 0 {
			n = min(n, 1+int(lengths[i%len(lengths)]))
		}
		chunks = append(chunks, []byte(stream[:n]))
		stream = stream[n:]
	}
	return chunks
}

func TestLog(t *testing.T) {
	t.Run("makes the same of a stream however it is cut", rapid.MakeCheck(func(r *rapid.T) {
		word := rapid.SampledFrom([]string{
			begin, end, begin[:9], end[:20], begin[5:], "<", "<!--XSUPERVISOR:", "\x1b", "[", "\x1b[", "31m", "\x1b[0;1m",
			"\x1b[5G", "a line\n", "\n", "text", "é", "\xff\x00", "1;2", strings.Repeat("long ", 300),
		})
		stream := strings.Join(rapid.SliceOfN(word, 0, 25).Draw(r, "words"), "")
		lengths := rapid.SliceOf(rapid.Byte()).Draw(r, "lengths")
		path := filepath.Join(t.TempDir(), "log")
		got := through(t, path, 1<<20, pieces(stream, lengths))
		if diff := cmp.Diff(wanted(stream), got); diff != "" {
			r.Errorf("stream %q: -want +got\n%s", stream, diff)
		}
	}))
	t.Run("holds no short output back", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := output.NewLog(output.Config{Path: path, CaptureMax: 100})
		if err := log.Open(); err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		log.Write([]byte("$ "))
		if got := read(t, path); got != "$ " {
			t.Errorf("before the end the file has %q", got)
		}
	})
}

func FuzzCapture(f *testing.F) {
	f.Add("a"+begin+"b"+end+"c", []byte{3})
	f.Add(begin+begin+end+end, []byte{1, 22})
	f.Add("<!--XSUPERVISOR:BEGIN--<!--XSUPERVISOR:BEGIN-->\x1b["+end, []byte{0})
	f.Add("x"+begin+"unfinished <!--XSUPER", []byte{})
	f.Fuzz(func(t *testing.T, stream string, lengths []byte) {
		if len(stream) > 4<<10 {
			t.Skip("lines of this length are cut")
		}
		want := wanted(stream)
		want.File = "" // the lines say the same, and no file is much faster
		if diff := cmp.Diff(want, through(t, "", 1<<20, pieces(stream, lengths))); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	})
}

// The original's bound is soft: one chunk larger than it is kept whole, else
// as many bytes go in front as come behind.
func TestCaptureBound(t *testing.T) {
	for _, c := range []struct {
		max    int64
		chunks []string
		want   string
	}{
		{10, []string{begin + "01234567890123456789" + end}, "01234567890123456789"},
		{10, []string{begin + "01234567", "89abcd" + end}, "6789abcd"},
		{10, []string{begin + "0123", "456789abcdef" + end}, "456789abcdef"},
		{10, []string{begin + "01234", "56789" + end}, "0123456789"},
	} {
		got := through(t, filepath.Join(t.TempDir(), "log"), c.max, chunksOf(c.chunks))
		if !slices.Equal(got.Blocks, []string{c.want}) {
			t.Errorf("max %d, chunks %q: blocks %q, want one, %q", c.max, c.chunks, got.Blocks, c.want)
		}
	}
}

func chunksOf(texts []string) [][]byte {
	var chunks [][]byte
	for _, s := range texts {
		chunks = append(chunks, []byte(s))
	}
	return chunks
}

func TestSyslogLines(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	got := through(t, filepath.Join(t.TempDir(), "log"), 0, chunksOf([]string{"a\n\nb", "c\n" + long + "\nlast"}))
	want := []string{"x a", "x ", "x bc", "x " + long[:8192], "x " + long[8192:], "x last"}
	if diff := cmp.Diff(want, got.Lines); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func ExamplePump() {
	log := output.NewLog(output.Config{
		Name: "web", CaptureMax: 100,
		OnCapture: func(p []byte) { fmt.Printf("block %q\n", p) },
	})
	fmt.Println(output.Pump(log, &script{"before " + begin, "42" + end + " after"}))
	// Output:
	// block "42"
	// <nil>
}
