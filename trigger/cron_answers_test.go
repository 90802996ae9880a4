package trigger_test

import (
	"os"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// ownAnswers are the lines of testdata/cron_answers.txt by vector.
func ownAnswers(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/cron_answers.txt")
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

// Beyond the answers of the table, cron triggers answer as APScheduler does.
func TestCronWithoutCompat(t *testing.T) {
	vectors, _ := readVectors(t)
	own := ownAnswers(t)
	for _, v := range vectors {
		if v.Engine != engine3 || v.Trigger != "cron" || v.Range != nil {
			continue
		}
		expected := wanted(v.Expected)
		want, special := own[v.ID]
		delete(own, v.ID)
		if !special {
			want = strings.Join(expected, " ")
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
	for id := range own {
		t.Errorf("%s: there is no such vector", id)
	}
}
