package trigger_test

import (
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func BenchmarkCronNext(b *testing.B) {
	for _, line := range []string{"0 9 * * mon-fri", "*/5 * * * *", "0 0 29 2 *"} {
		for _, name := range []string{"UTC", "America/New_York"} {
			zone, err := trigger.LoadZone(name)
			if err != nil {
				b.Fatal(err)
			}
			t, err := trigger.Crontab(line, trigger.In(zone))
			if err != nil {
				b.Fatal(err)
			}
			b.Run(line+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				at := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
				for b.Loop() {
					if at = t.Next(at, at); at.IsZero() || at.Year() > 2060 {
						at = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
					}
				}
			})
		}
	}
}

func BenchmarkCrontabAndFirstNext(b *testing.B) {
	zone, err := trigger.LoadZone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		t, err := trigger.Crontab("*/5 9-17 * * mon-fri", trigger.In(zone))
		if err != nil || t.Next(time.Time{}, now).IsZero() {
			b.Fatal(t, err)
		}
	}
}

func BenchmarkCronNever(b *testing.B) {
	t, err := trigger.Cron(trigger.CronFields{Month: "2", Day: "30"})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		if !t.Next(time.Time{}, now).IsZero() {
			b.Fatal("30 February")
		}
	}
}
