package trigger_test

import (
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func Example() {
	berlin, err := trigger.LoadZone("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	t, err := trigger.Cron(trigger.CronFields{Hour: "3", Minute: "*/20"}, trigger.In(berlin))
	if err != nil {
		panic(err)
	}
	fmt.Println(trigger.Describe(t))

	var prev time.Time // nothing was due yet
	now := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	for range 3 {
		prev = t.Next(prev, now)
		fmt.Println(prev)
	}
	// Output:
	// at 03:00, 03:20 and 03:40 every day, Europe/Berlin
	// 2026-03-29 03:00:00 +0200 CEST
	// 2026-03-29 03:20:00 +0200 CEST
	// 2026-03-29 03:40:00 +0200 CEST
}

func ExampleEveryFrom() {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	t := trigger.EveryFrom(start, 90*time.Minute)
	fmt.Println(t.Next(time.Time{}, start.Add(time.Hour)))
	fmt.Println(t)
	// Output:
	// 2026-01-01 01:30:00 +0000 UTC
	// interval[1:30:00, start_date='2026-01-01T00:00:00Z']
}

func ExampleFromOptions() {
	t, err := trigger.FromOptions([]trigger.Option{
		{Key: "trigger", Value: "calendarinterval"},
		{Key: "months", Value: "1"},
		{Key: "hour", Value: "9"},
		{Key: "start_date", Value: "2026-01-31"},
	}, trigger.Defaults{})
	fmt.Println(t, err)

	_, err = trigger.FromOptions([]trigger.Option{
		{Key: "trigger", Value: "cron"},
		{Key: "hours", Value: "3"},
	}, trigger.Defaults{})
	fmt.Println(err)
	// Output:
	// calendarinterval[months='1', hour='9', start_date='2026-01-31'] <nil>
	// "hours=3", character 1: trigger cron has no option hours; did you mean hour?
}

func ExampleParse() {
	t, err := trigger.Parse("and[cron[day='last'], cron[day_of_week='mon-fri']]")
	if err != nil {
		panic(err)
	}
	data, err := trigger.Encode(t)
	fmt.Println(string(data), err)
	fmt.Println(t.Next(time.Time{}, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)))
	// Output:
	// {"trigger":"and","triggers":[{"trigger":"cron","day":"last"},{"trigger":"cron","day_of_week":"mon-fri"}]} <nil>
	// 2026-03-31 00:00:00 +0000 UTC
}

func ExampleExclude() {
	holidays, err := trigger.ParseDays("12-25, 12-26, 2027-03-26, 4th thu nov")
	if err != nil {
		panic(err)
	}
	daily, err := trigger.Crontab("0 9 * * *")
	if err != nil {
		panic(err)
	}
	t := trigger.Exclude(daily, holidays)
	fmt.Println(t.Next(time.Time{}, time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)))
	// Output:
	// 2026-12-27 09:00:00 +0000 UTC
}

func ExampleJitter() {
	t := trigger.Jitter(trigger.Every(time.Minute), 10*time.Second)
	slot := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	fmt.Println(t)
	fmt.Println(trigger.Delay(t, slot, "job")) // the same wherever it is asked
	// Output:
	// interval[0:01:00, jitter='10s']
	// 8.503974s
}

func ExampleUpcoming() {
	t, err := trigger.Crontab("0 9 * * mon-fri")
	if err != nil {
		panic(err)
	}
	friday := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	times, ended := trigger.Upcoming(t, friday, 2)
	fmt.Println(times[0].Format(time.RFC1123), times[1].Format(time.RFC1123), ended)
	times, ended = trigger.Upcoming(trigger.At(friday), friday, 2)
	fmt.Println(len(times), ended)
	// Output:
	// Fri, 27 Nov 2026 09:00:00 UTC Mon, 30 Nov 2026 09:00:00 UTC false
	// 1 true
}
