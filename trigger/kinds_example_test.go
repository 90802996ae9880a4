package trigger_test

import (
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// show prints what t is and the first times from 2026-01-01 on.
func show(t trigger.Trigger, count int) {
	fmt.Println(t)
	var prev time.Time
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range count {
		if prev = t.Next(prev, now); prev.IsZero() {
			fmt.Println("no more")
			return
		}
		fmt.Println(prev.Format("2006-01-02 15:04:05"))
	}
}

// parse is for examples whose texts are right.
func parse(text string) trigger.Trigger {
	t, err := trigger.Parse(text)
	if err != nil {
		panic(err)
	}
	return t
}

func ExampleAt() {
	show(trigger.At(time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)), 2)
	// Output:
	// date[2026-02-03T04:05:06Z]
	// 2026-02-03 04:05:06
	// no more
}

func ExampleEvery() {
	show(trigger.Every(90*time.Second), 2)
	// Output:
	// interval[0:01:30]
	// 2026-01-01 00:01:30
	// 2026-01-01 00:03:00
}

func ExampleCron() {
	t, err := trigger.Cron(trigger.CronFields{Day: "2nd tue, last", Hour: "9"})
	if err != nil {
		panic(err)
	}
	show(t, 3)

	_, err = trigger.Cron(trigger.CronFields{Minute: "0,x"})
	fmt.Println(err)
	// Output:
	// cron[day='2nd tue, last', hour='9']
	// 2026-01-13 09:00:00
	// 2026-01-31 09:00:00
	// 2026-02-10 09:00:00
	// minute="0,x", character 3: want 0 to 59
}

func ExampleCrontab() {
	t, err := trigger.Crontab("30 2 * * mon-fri")
	if err != nil {
		panic(err)
	}
	show(t, 2)
	// Output:
	// crontab['30 2 * * mon-fri']
	// 2026-01-01 02:30:00
	// 2026-01-02 02:30:00
}

func ExampleCalendarInterval() {
	start := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	show(trigger.CalendarInterval(trigger.Period{Months: 1}, trigger.Clock{Hour: 9}, start, trigger.UTC()), 3)
	// Output:
	// calendarinterval[months='1', hour='9', start_date='2026-01-31']
	// 2026-01-31 09:00:00
	// 2026-03-31 09:00:00
	// 2026-05-31 09:00:00
}

func ExampleAnd() {
	show(trigger.And(parse("cron[day='last', hour='9']"), parse("cron[day_of_week='mon-fri', hour='9']")), 2)
	// Output:
	// and[cron[day='last', hour='9'], cron[day_of_week='mon-fri', hour='9']]
	// 2026-03-31 09:00:00
	// 2026-04-30 09:00:00
}

func ExampleAndWithin() {
	show(trigger.AndWithin(time.Minute, parse("cron[hour='9']"), parse("crontab['1 9 * * fri']")), 1)
	// Output:
	// and[cron[hour='9'], crontab['1 9 * * fri'], threshold='1m0s']
	// 2026-01-02 09:00:00
}

func ExampleOr() {
	show(trigger.Or(parse("cron[hour='9']"), parse("cron[day_of_week='thu', hour='8']")), 3)
	// Output:
	// or[cron[hour='9'], cron[day_of_week='thu', hour='8']]
	// 2026-01-01 08:00:00
	// 2026-01-01 09:00:00
	// 2026-01-02 09:00:00
}

func ExampleBetween() {
	start := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	show(trigger.Between(parse("cron[hour='9']"), start, start.AddDate(0, 0, 2)), 3)
	// Output:
	// cron[hour='9', start_date='2026-02-01T00:00:00Z', end_date='2026-02-03T00:00:00Z']
	// 2026-02-01 09:00:00
	// 2026-02-02 09:00:00
	// no more
}

func ExampleOnly() {
	days, err := trigger.ParseDays("12-24..12-25, last mon may")
	fmt.Println(err)
	if days, err = trigger.ParseDays("12-24, last mon may"); err != nil {
		panic(err)
	}
	show(trigger.Only(parse("cron[hour='9']"), days), 2)
	// Output:
	// "12-24..12-25, last mon may", character 1: a range is expected here, of dates with years, such as 2025-12-24..2026-01-01
	// cron[hour='9', only='12-24,last mon may']
	// 2026-05-25 09:00:00
	// 2026-12-24 09:00:00
}

func ExampleSplay() {
	t := trigger.Splay(parse("cron[hour='3']"), time.Hour)
	slot := time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)
	fmt.Println(trigger.Delay(t, slot, "backup") == trigger.Delay(t, slot.AddDate(0, 0, 1), "backup"))
	fmt.Println(trigger.Delay(t, slot, "backup") == trigger.Delay(t, slot, "report"))
	// Output:
	// true
	// false
}

func ExampleDecode() {
	t, err := trigger.Decode([]byte(`{"trigger":"interval","minutes":90,"start_date":"2026-01-01"}`))
	fmt.Println(t, err)
	_, err = trigger.Decode([]byte(`{"trigger":"interval","minute":90}`))
	fmt.Println(err)
	// Output:
	// interval[1:30:00, start_date='2026-01-01T00:00:00Z'] <nil>
	// "{\"trigger\":\"interval\",\"minute\":90}", character 23: trigger interval has no option minute; did you mean minutes?
}

func ExampleDescribe() {
	fmt.Println(trigger.Describe(parse("crontab['*/20 3 * * mon-fri']")))
	// Output:
	// at 03:00, 03:20 and 03:40 on every day from Monday to Friday, UTC
}

func ExampleWarnings() {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, w := range trigger.Warnings(parse("and[cron[hour='1'], cron[hour='2']]"), now) {
		fmt.Println(w.Code)
	}
	// Output:
	// never
}
