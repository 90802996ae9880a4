package pyvalue_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
)

// FuzzCheck: whatever JSON says, an error is one line that begins with a path; and
// what is right stays so when somebody else has encoded it again.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`{"$py":"datetime","value":"2030-01-31T12:30:00","zone":{"$py":"pytz","value":"UTC"},"fold":1}`, `{"$py":"timedelta","value":[1,2,3]}`,
		`{"$py":"dict","value":[[{"$py":"tuple","value":[1]},{"$py":"bytes","value":"AAH/"}]]}`, `{"$py":"complex","value":[1,{"$py":"float","value":"nan"}]}`,
		`{"$py":"object","class":"m:C","args":[1],"state":{"a":{"$py":"set","value":["x"]}}}`, `{"\u0024py":"Decimal","value":"1.5"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := pyvalue.CheckArgs([]json.RawMessage{json.RawMessage(text)})
		if err != nil {
			if line := err.Error(); !strings.HasPrefix(line, "args[0]") || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%q", line)
			}
			return
		}
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			return // it has no "$py", so it was not looked at
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		// A float64 may be another number than the text said.
		if err := pyvalue.CheckArgs([]json.RawMessage{again}); err != nil && !strings.Contains(text, "timedelta") {
			t.Errorf("%s is right, but %s: %v", text, again, err)
		}
	})
}
