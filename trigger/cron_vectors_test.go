package trigger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// vector is one answer of APScheduler; testdata/trigger_vectors.json says in
// its own meta what the fields mean.
type vector struct {
	ID, Engine, Trigger string
	Args                map[string]any
	Timezone            string
	Previous, Now       *time.Time
	Start               *time.Time
	Expected            []*struct{ UTC time.Time }
	Range               []time.Time                `json:"expected_range_utc"`
	Differs             bool                       `json:"differs_from_wallclock"`
	Wallclock           []*struct{ UTC time.Time } `json:"wallclock_expected"`
	Note                string
	Error               string
}

const (
	engine3 = "apscheduler 3.11.2"
	engine4 = "apscheduler 4.0 master f2337f7"
)

func readVectors(t *testing.T) (vectors, errs []vector) {
	t.Helper()
	data, err := os.ReadFile("testdata/trigger_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors, Errors []json.RawMessage }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return decodeVectors(t, file.Vectors), decodeVectors(t, file.Errors)
}

// decodeVectors leaves out what has no plain times (a hang).
func decodeVectors(t *testing.T, raw []json.RawMessage) (all []vector) {
	t.Helper()
	for _, r := range raw {
		var v vector
		if err := json.Unmarshal(r, &v); err != nil {
			var kind struct{ ID, Trigger string }
			if json.Unmarshal(r, &kind) != nil || kind.Trigger == "cron" {
				t.Fatalf("%s: %v", r, err)
			}
			continue
		}
		all = append(all, v)
	}
	return all
}

// cronOptions are the options of a cron vector.
func (v vector) cronOptions(extra ...trigger.Option) []trigger.Option {
	kind := "cron"
	if _, ok := v.Args["crontab"]; ok {
		kind = "crontab"
	}
	list := []trigger.Option{{Key: "trigger", Value: kind}}
	if v.Timezone != "" {
		list = append(list, trigger.Option{Key: "timezone", Value: v.Timezone})
	}
	for key, value := range v.Args {
		list = append(list, trigger.Option{Key: key, Value: fmt.Sprint(value)})
	}
	return append(list, extra...)
}

func legacyOption() trigger.Option { return trigger.Option{Key: "compat", Value: "apscheduler3"} }

// times asks a trigger as the vectors were made: each time with the one before
// as prev, and now just after it.
func times(t trigger.Trigger, prev, now time.Time, n int) (list []string) {
	for range n {
		next := t.Next(prev, now)
		if next.IsZero() {
			return append(list, "none")
		}
		list = append(list, next.UTC().Format(time.RFC3339Nano))
		prev = next
		if later := next.Add(time.Millisecond); later.After(now) {
			now = later
		}
	}
	return list
}

func wanted(list []*struct{ UTC time.Time }) (texts []string) {
	for _, at := range list {
		if at == nil {
			return append(texts, "none")
		}
		texts = append(texts, at.UTC.Format(time.RFC3339Nano))
	}
	return texts
}

// start is the prev and now that a vector is asked with.
func (v vector) start() (prev, now time.Time) {
	if v.Previous != nil {
		prev = *v.Previous
	}
	switch {
	case v.Start != nil:
		return prev, *v.Start
	case v.Now != nil:
		return prev, *v.Now
	}
	return prev, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
}

// met holds what a trigger gives against what is wanted, or the range.
func (v vector) met(t *testing.T, trig trigger.Trigger, want []string) {
	t.Helper()
	prev, now := v.start()
	if v.Range == nil {
		if got := times(trig, prev, now, len(want)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v (%s)\n got %v\nwant %v", trig, v.Note, got, want)
		}
		return
	}
	for i := range 200 {
		slot := trig.Next(prev, now)
		due := slot.Add(trigger.Delay(trig, slot, fmt.Sprint(i)))
		if due.Before(v.Range[0]) || due.After(v.Range[1]) {
			t.Fatalf("%v: due %v, want within %v", trig, due, v.Range)
		}
	}
}

func TestCronAsAPScheduler3(t *testing.T) {
	vectors, _ := readVectors(t)
	n := 0
	for _, v := range vectors {
		if v.Engine != engine3 || v.Trigger != "cron" {
			continue
		}
		n++
		t.Run(v.ID, func(t *testing.T) {
			trig, err := trigger.FromOptions(v.cronOptions(legacyOption()), trigger.Defaults{})
			if err != nil {
				t.Fatal(err)
			}
			v.met(t, trig, wanted(v.Expected))
		})
	}
	if n != 101 {
		t.Errorf("%d vectors, want 101", n)
	}
}

func TestCronErrors(t *testing.T) {
	_, errs := readVectors(t)
	for _, v := range errs {
		if v.Trigger != "cron" || v.Args["minute"] == "" {
			continue // an empty option is one that is not given
		}
		for _, options := range [][]trigger.Option{v.cronOptions(), v.cronOptions(legacyOption())} {
			trig, err := trigger.FromOptions(options, trigger.Defaults{})
			var syntax *trigger.SyntaxError
			switch {
			case err == nil:
				t.Errorf("%s %v: got %v, want an error", v.ID, v.Args, trig)
			case v.Error == "ValueError" && !errors.As(err, &syntax):
				t.Errorf("%s %v: %q does not point at a character", v.ID, v.Args, err)
			default:
				t.Log(err)
			}
		}
	}
}
