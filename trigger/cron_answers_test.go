package trigger_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// ownAnswers are the lines of a table in testdata by vector.
func ownAnswers(t *testing.T, table string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + table)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for line := range strings.Lines(string(data)) {
		text, reason, _ := strings.Cut(strings.TrimSpace(line), "#")
		if text == "" {
			continue
		}
		id, answer, _ := strings.Cut(text, " ")
		if reason == "" {
			t.Errorf("%s: the reason is missing", id)
		}
		answers[id] = strings.TrimSpace(answer)
	}
	return answers
}

// Beyond the answers of the tables, cron triggers answer as APScheduler does.
func TestCronWithoutCompat(t *testing.T) {
	vectors, _ := readVectors(t)
	for _, c := range []struct {
		engine, table string
		count         int
	}{
		{engine3, "cron_answers.txt", 99}, // and two with jitter
		{engine4, "cron4_answers.txt", 72},
	} {
		t.Run(c.engine, func(t *testing.T) {
			own := ownAnswers(t, c.table)
			n := 0
			for _, v := range vectors {
				if v.Engine == c.engine && v.Trigger == "cron" && v.Range == nil {
					n++
					v.answered(t, own)
				}
			}
			if n != c.count {
				t.Errorf("%d vectors, want %d", n, c.count)
			}
			for id := range own {
				t.Errorf("%s: there is no such vector, or no such difference", id)
			}
		})
	}
}

// answered holds what our cron trigger gives against the vector or, when it is
// among own, our answer, which it takes from there.
func (v vector) answered(t *testing.T, own map[string]string) {
	t.Helper()
	expected := wanted(v.Expected)
	want := strings.Join(expected, " ")
	if answer, ok := own[v.ID]; ok {
		if answer != want {
			delete(own, v.ID)
		}
		want = answer
	}
	got := "refused"
	trig, err := trigger.FromOptions(v.cronOptions(), trigger.Defaults{})
	if err == nil {
		prev, now := v.start()
		got = strings.Join(times(trig, prev, now, len(expected)), " ")
	}
	if got != want {
		t.Errorf("%s %v\n got %s\nwant %s (error %v)", v.ID, v.Args, got, want, err)
	}
}

// With dst=wall, times at clock changes are those that a walk over all instants
// finds, which for APScheduler 4 is also its answer where it has no defect.
func TestCronByTheWall(t *testing.T) {
	vectors, _ := readVectors(t)
	own := ownAnswers(t, "cron4_answers.txt")
	n := 0
	for _, v := range vectors {
		if v.Engine != engine4 || v.Trigger != "cron" || v.Timezone == "UTC" || v.Args["day_of_week"] == 2.0 {
			continue // no clock changes, or days that count from Monday
		}
		want := wanted(v.Expected)
		if v.Differs {
			want = wanted(v.Wallclock)
		}
		trig, err := trigger.FromOptions(v.cronOptions(trigger.Option{Key: "dst", Value: "wall"}), trigger.Defaults{})
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		prev, now := v.start()
		if got := times(trig, prev, now, len(want)); !slices.Equal(got, want) {
			t.Errorf("%s %v\n got %v\nwant %v", v.ID, v.Args, got, want)
		}
		if _, ok := own[v.ID]; ok {
			n++
		}
	}
	if n != 24 {
		t.Errorf("%d vectors differ at clock changes by default, want 24", n)
	}
}
