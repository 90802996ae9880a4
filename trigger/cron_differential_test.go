package trigger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// request is one line for testdata/answers.py.
type request struct {
	Fields map[string]string `json:"fields"`
	Zone   string            `json:"tz"`
	Now    int64             `json:"now"`
	N      int               `json:"n"`
}

// TestAgainstAPScheduler asks Debian's python3-apscheduler and us for the
// times of random triggers: 500, or as many as APSCHEDULER_TRIGGERS says.
// Times within two days of a clock change are left to TestCronAtClockChanges,
// and so is what the library gets wrong further away.
func TestAgainstAPScheduler(t *testing.T) {
	python := servertest.Python(t, "apscheduler", "pytz")
	n := 500
	if text := os.Getenv("APSCHEDULER_TRIGGERS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	source := rand.New(rand.NewPCG(3, 11))
	requests := make([]request, n)
	for i := range requests {
		requests[i] = randomRequest(source)
	}
	answers := askAPScheduler(t, python, requests)
	refused := 0
	for i, r := range requests {
		if compareAnswer(t, r, answers[i]) {
			refused++
		}
	}
	t.Logf("%d triggers, %d of them refused by both", n, refused)
}

func askAPScheduler(t *testing.T, python string, requests []request) []json.RawMessage {
	t.Helper()
	var in, stderr bytes.Buffer
	for _, r := range requests {
		if err := json.NewEncoder(&in).Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/answers.py")
	cmd.Stdin, cmd.Stderr = &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var answers []json.RawMessage
	for line := range bytes.Lines(out) {
		answers = append(answers, json.RawMessage(bytes.TrimSpace(line)))
	}
	if len(answers) != len(requests) {
		t.Fatalf("%d answers to %d requests", len(answers), len(requests))
	}
	return answers
}

// compareAnswer reports whether both refuse the trigger.
func compareAnswer(t *testing.T, r request, answer json.RawMessage) bool {
	t.Helper()
	options := []trigger.Option{{Key: "trigger", Value: "cron"}, {Key: "timezone", Value: r.Zone}}
	for key, value := range r.Fields {
		options = append(options, trigger.Option{Key: key, Value: value})
	}
	for _, compat := range []bool{false, true} {
		if compat {
			options = append(options, legacyOption())
		}
		trig, err := trigger.FromOptions(options, trigger.Defaults{})
		var want []*int64
		if json.Unmarshal(answer, &want) != nil {
			if err == nil {
				t.Errorf("%v: APScheduler says %s, we take it", trig, answer)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", r.Fields, err)
			continue
		}
		compareTimes(t, trig, r, want)
	}
	return answer[0] == '"'
}

// compareTimes stops at the first time near a clock change: what follows can
// hang on it.
func compareTimes(t *testing.T, trig trigger.Trigger, r request, want []*int64) {
	t.Helper()
	zone, err := trigger.LoadZone(r.Zone)
	if err != nil {
		t.Fatal(err)
	}
	prev, now := time.Time{}, time.Unix(r.Now, 0)
	for i, w := range want {
		before := now.In(zone.Location())
		prev = trig.Next(prev, now)
		switch {
		case w == nil && prev.IsZero():
			return
		case w == nil || prev.IsZero():
			t.Errorf("%v from %v: time %d is %v, APScheduler's %v", trig, now, i, prev, w)
			return
		case nearChange(zone, time.Unix(*w, 0)) || nearChange(zone, prev), prev.Year() > 2036:
			return // after 2037 its zones know no clock changes
		case prev.Unix() < *w && prev.Hour() == 0 && changed(before, prev) && !strings.Contains(trig.String(), "compat"):
			return // its first defect: a midnight after a clock change is lost
		case prev.Unix() != *w:
			t.Errorf("%v from %v: time %d is %v, APScheduler's %v", trig, time.Unix(r.Now, 0).UTC(), i, prev, time.Unix(*w, 0).In(zone.Location()))
			return
		}
		if at := prev.Add(time.Millisecond); at.After(now) {
			now = at
		}
	}
}

func changed(from, to time.Time) bool {
	_, before := from.Zone()
	_, after := to.Zone()
	return before != after
}

func nearChange(zone *trigger.Zone, t time.Time) bool {
	_, before := t.Add(-48 * time.Hour).In(zone.Location()).Zone()
	_, at := t.In(zone.Location()).Zone()
	_, after := t.Add(48 * time.Hour).In(zone.Location()).Zone()
	return before != at || at != after
}

func randomRequest(r *rand.Rand) request {
	q := request{Fields: map[string]string{}, N: 4}
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "America/St_Johns"}
	q.Zone = zones[r.IntN(len(zones))]
	for {
		q.Now = time.Date(2015+r.IntN(20), 1, 1, 0, 0, r.IntN(365*24*3600), 0, time.UTC).Unix()
		if zone, err := trigger.LoadZone(q.Zone); err == nil && !nearChange(zone, time.Unix(q.Now, 0)) {
			break
		}
	}
	chance := map[string]int{"year": 8, "month": 30, "day": 35, "week": 12, "day_of_week": 30, "hour": 50, "minute": 50, "second": 30}
	for _, name := range []string{"year", "month", "day", "week", "day_of_week", "hour", "minute", "second"} {
		if r.IntN(100) < chance[name] {
			q.Fields[name] = randomField(r, name)
		}
	}
	if _, ok := q.Fields["year"]; !ok && len(q.Fields) > 1 && r.IntN(200) != 0 {
		q.Fields["year"] = "2015-2036" // or the library looks for seconds for what never comes
	}
	return q
}

func randomField(r *rand.Rand, name string) string {
	items := make([]string, 1+max(0, r.IntN(5)-2))
	for i := range items {
		items[i] = randomItem(r, name)
	}
	return strings.Join(items, []string{",", ", ", " ,"}[r.IntN(3)])
}

func randomItem(r *rand.Rand, name string) string {
	bounds := map[string][2]int{"year": {2015, 2040}, "month": {1, 12}, "day": {1, 31}, "week": {1, 53},
		"day_of_week": {0, 6}, "hour": {0, 23}, "minute": {0, 59}, "second": {0, 59}}[name]
	low, high := bounds[0], bounds[1]
	if r.IntN(60) == 0 {
		high += 2 // a value that is too large now and then
	}
	a, b := low+r.IntN(high-low+1), low+r.IntN(high-low+1)
	if a > b && r.IntN(20) != 0 {
		a, b = b, a
	}
	step := 1 + r.IntN(max(1, (high-low)/2))
	if text, ok := randomName(r, name, a, b); ok {
		return text
	}
	switch r.IntN(8) {
	case 0:
		return "*"
	case 1:
		return fmt.Sprintf("*/%d", step)
	case 2:
		return fmt.Sprintf("%d-%d", a, b)
	case 3:
		return fmt.Sprintf("%d-%d/%d", a, max(b, 1), step)
	case 4:
		return fmt.Sprintf("%d/%d", a, step)
	}
	return strconv.Itoa(a)
}

// randomName gives the expressions that have names.
func randomName(r *rand.Rand, name string, a, b int) (string, bool) {
	months := []string{"jan", "feb", "MAR", "apr", "may", "Jun", "jul", "aug", "sep", "oct", "nov", "dec"}
	weekdays := []string{"mon", "Tue", "wed", "thu", "fri", "sat", "sun"}
	places := []string{"1st", "2nd", "3rd", "4th", "5th", "last"}
	if r.IntN(3) != 0 {
		return "", false
	}
	switch name {
	case "month":
		if r.IntN(2) == 0 || b > 12 || a > 12 {
			return months[r.IntN(12)], true
		}
		return months[a-1] + "-" + months[b-1], true
	case "day_of_week":
		if r.IntN(2) == 0 || b > 6 || a > 6 {
			return weekdays[r.IntN(7)], true
		}
		return weekdays[a] + "-" + weekdays[b], true
	case "day":
		if r.IntN(4) == 0 {
			return "last", true
		}
		return places[r.IntN(6)] + " " + weekdays[r.IntN(7)], true
	}
	return "", false
}
