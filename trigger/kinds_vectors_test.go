package trigger_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// ours are our answers where we differ from a vector, with the reason.
var ours = map[string]struct {
	want   []string
	reason string
}{
	"a3-005": {[]string{"2025-06-01T12:00:00.5Z"}, "half a second is .5, not 5 µs"},
	"a3-014": {[]string{"2025-01-01T00:00:10Z", "2025-01-01T00:00:20Z"}, "the grid stays that of the start"},
	"a3-018": {nil, "an interval of zero is an error"},
	"a3-136": {[]string{"2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"}, "the first time is not before now"},
	"a3-140": {[]string{"2025-01-05T00:00:00Z", "2025-01-07T00:00:00Z"}, "the series stays that of the start"},
	"a3-151": {[]string{
		"2025-01-01T00:00:00Z", "2025-01-01T00:00:07Z", "2025-01-01T00:00:10Z",
		"2025-01-01T00:00:20Z", "2025-01-01T00:00:30Z", "2025-01-01T00:00:40Z",
	}, "each part keeps its own times"},
	"a3-152": {[]string{"2025-01-02T00:00:00Z", "2025-01-03T00:00:00Z"}, "both dates are due"},
	"a4-071": {[]string{
		"2025-03-29T23:00:00Z", "2025-03-30T00:00:00Z", "2025-03-30T01:00:00Z",
		"2025-03-30T02:00:00Z", "2025-03-30T03:00:00Z",
	}, "an hour is 60 minutes: no time is twice"},
	"a4-072": {[]string{
		"2025-10-25T23:00:00Z", "2025-10-26T00:00:00Z", "2025-10-26T01:00:00Z", "2025-10-26T02:00:00Z",
	}, "an hour is 60 minutes: none is left out"},
	"a4-073": {[]string{"2025-03-29T01:30:00Z", "2025-03-30T01:30:00Z", "2025-03-31T01:30:00Z"}, "a day is 24 hours"},
	"a4-074": {[]string{
		"2025-10-04T15:00:00Z", "2025-10-04T15:30:00Z", "2025-10-04T16:00:00Z", "2025-10-04T16:30:00Z",
	}, "half an hour is 30 minutes"},
	"a4-085": {[]string{"none"}, "they never agree: it has ended"},
}

// text is a vector's trigger in our text form.
func (v vector) text(kind string, args map[string]any, extra string) string {
	var items []string
	if kind == "interval" && v.Start != nil {
		start := *v.Start
		if offset, ok := args["offset"].(float64); ok {
			start = start.Add(time.Duration(offset) * time.Second)
		}
		items = append(items, "start_date='"+start.Format(time.RFC3339Nano)+"'")
		if end, ok := args["end"].(float64); ok {
			items = append(items, "end_date='"+start.Add(time.Duration(end)*time.Second).Format(time.RFC3339Nano)+"'")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(args)) {
		switch value := args[key].(type) {
		case []any:
			for _, part := range value {
				part := part.(map[string]any)
				items = append(items, v.text(part["type"].(string), part["args"].(map[string]any), extra))
			}
		default:
			if key == "run_time" {
				key = "run_date"
			}
			if key != "offset" && key != "end" && key != "max_iterations" {
				items = append(items, fmt.Sprintf("%s='%v'", key, value))
			}
		}
	}
	if kind == "and" && v.Engine == engine4 && args["threshold"] == nil {
		items = append(items, "threshold='1'")
	}
	if v.Timezone != "" && kind != "and" && kind != "or" {
		items = append(items, "timezone='"+v.Timezone+"'")
	}
	if extra != "" {
		items = append(items, extra)
	}
	return kind + "[" + strings.Join(items, ", ") + "]"
}

// starts is when a vector is asked; those of 4.x without a start begin by
// themselves, so they are asked from the beginning of time.
func TestKindsAsAPScheduler3(t *testing.T) {
	vectors, _ := readVectors(t)
	n := 0
	for _, v := range vectors {
		if v.Engine == engine3 && v.Trigger != "cron" && !v.Differs {
			n++
			t.Run(v.ID, func(t *testing.T) { v.check(t, "compat='apscheduler3'", wanted(v.Expected)) })
		}
	}
	if n != 55 {
		t.Errorf("%d vectors, want 55", n)
	}
}

func TestKindsInOurWay(t *testing.T) {
	vectors, _ := readVectors(t)
	n := 0
	for _, v := range vectors {
		if v.Trigger == "cron" || v.Differs {
			continue
		}
		n++
		t.Run(v.ID, func(t *testing.T) {
			want := wanted(v.Expected)
			if own, ok := ours[v.ID]; ok {
				want = own.want
			}
			if want == nil && v.Range == nil {
				if got, err := trigger.Parse(v.text(v.Trigger, v.Args, "")); err == nil {
					t.Errorf("got %v, want an error", got)
				}
				return
			}
			v.check(t, "", want)
		})
	}
	if n != 73 {
		t.Errorf("%d vectors, want 73", n)
	}
}

func (v vector) check(t *testing.T, extra string, want []string) {
	t.Helper()
	trig, err := trigger.Parse(v.text(v.Trigger, v.Args, extra))
	if err != nil {
		t.Fatal(err)
	}
	v.met(t, trig, want)
	if v.Range != nil {
		return
	}
	checkForms(t, trig)
}

// checkForms: both forms are read again to the same trigger.
func checkForms(t testing.TB, trig trigger.Trigger) {
	t.Helper()
	again, err := trigger.Parse(trig.String())
	if err != nil || again.String() != trig.String() {
		t.Errorf("the text form of %v is read as %v, %v", trig, again, err)
	}
	data, err := trigger.Encode(trig)
	if err != nil {
		t.Fatal(err)
	}
	again, err = trigger.Decode(data)
	if err != nil || again.String() != trig.String() {
		t.Errorf("the JSON form %s of %v is read as %v, %v", data, trig, again, err)
	}
}

// TestHangs: where APScheduler 3 never returns.
func TestHangs(t *testing.T) {
	for text, want := range map[string][]string{
		"and[cron[day_of_week='mon'], cron[day='1']]": {
			"2025-09-01T00:00:00Z", "2025-12-01T00:00:00Z", "2026-06-01T00:00:00Z",
		},
		"and[cron[hour='*'], cron[hour='5']]": {"2025-01-01T05:00:00Z", "2025-01-02T05:00:00Z"},
		"and[calendarinterval[days='3', start_date='2025-01-01'], cron[day_of_week='sat,sun']]": {
			"2025-01-04T00:00:00Z", "2025-01-19T00:00:00Z", "2025-01-25T00:00:00Z",
		},
		"and[cron[day='30', month='2'], cron[second='*']]":                                                     {"none"},
		"and[interval[0:00:06, start_date='2025-01-01'], interval[0:00:06, start_date='2025-01-01 00:00:03']]": {"none"},
	} {
		trig, err := trigger.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		if got := times(trig, time.Time{}, now, len(want)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v\n got %v\nwant %v", trig, got, want)
		}
	}
}

func TestKindErrors(t *testing.T) {
	_, errs := readVectors(t)
	n := 0
	for _, v := range errs {
		if v.Engine != engine3 || v.Trigger == "cron" || v.Trigger == "crontab" {
			continue
		}
		n++
		options := []trigger.Option{{Key: "trigger", Value: v.Trigger}}
		for key, value := range v.Args {
			options = append(options, trigger.Option{Key: key, Value: fmt.Sprint(value)})
		}
		if v.ID == "e3-040" { // a time of day without seconds, which we read
			options = append(options, trigger.Option{Key: "compat", Value: "apscheduler3"})
		}
		if got, err := trigger.FromOptions(options, trigger.Defaults{}); err == nil {
			t.Errorf("%s %v: got %v, want an error", v.ID, v.Args, got)
		} else {
			t.Log(err)
		}
	}
	if n != 7 {
		t.Errorf("%d errors, want 7", n)
	}
}
