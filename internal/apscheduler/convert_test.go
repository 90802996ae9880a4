package apscheduler_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// The opcodes of some values, protocol 0.
const (
	utc     = "cpytz\n_UTC\n(tR"
	at2030  = "cdatetime\ndatetime\n(c_codecs\nencode\n(V\\u0007\\u00ee\\u0001\\u0001\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\nVlatin1\ntR" // and zone tR
	once    = "capscheduler.triggers.date\nDateTrigger\n(tR(dVrun_date\n" + at2030 + utc + "tRsb"
	objects = "ccopy_reg\n_reconstructor\n(c%s\n%s\nc__builtin__\nobject\nNtR"
)

// stored is a job as APScheduler stores it, with some entries of its state
// changed or, when they are "", left out.
func stored(changes map[string]string) apscheduler.Record {
	state := map[string]string{
		"version": "I1\n", "id": "Vj\n", "func": "Vtasks:tick\n", "trigger": once, "executor": "Vdefault\n",
		"args": "(t", "kwargs": "(d", "name": "Vtick\n", "misfire_grace_time": "I1\n", "coalesce": "I01\n",
		"max_instances": "I1\n", "next_run_time": at2030 + utc + "tR",
	}
	maps.Copy(state, changes)
	text := "(d"
	for _, key := range slices.Sorted(maps.Keys(state)) {
		if state[key] != "" {
			text += "V" + key + "\n" + state[key] + "s"
		}
	}
	return apscheduler.Record{ID: "j", State: []byte(text + "."), Due: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// TestSaysWhyNot: each reason, by what is stored.
func TestSaysWhyNot(t *testing.T) {
	interval := "capscheduler.triggers.interval\nIntervalTrigger\n(tR(dVtimezone\n" + utc + "sVstart_date\n" + at2030 + utc + "tRsVinterval\ncdatetime\ntimedelta\n(I%d\nI0\nI0\ntRsVversion\nI%d\nsb"
	for name, c := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"a lambda":           {map[string]string{"func": "Vtasks:<lambda>\n"}, "func: tasks:<lambda> cannot be found by its name; give it one at the top of its module"},
		"a nested function":  {map[string]string{"func": "Vtasks:f.<locals>.g\n"}, "func: tasks:f.<locals>.g cannot be found by its name; give it one at the top of its module"},
		"no reference":       {map[string]string{"func": "Vtick\n"}, `func: "tick" is not module:function`},
		"func is no text":    {map[string]string{"func": "I1\n"}, "func is of type int"},
		"a later version":    {map[string]string{"version": "I2\n"}, "it is stored in version 2, and versions up to 1 are known"},
		"another id":         {map[string]string{"id": "Vk\n"}, `it calls itself "k"`},
		"no executor":        {map[string]string{"executor": ""}, "executor is missing"},
		"no grace":           {map[string]string{"misfire_grace_time": "I0\n"}, "misfire_grace_time: 0 seconds would let no run begin"},
		"no instances":       {map[string]string{"max_instances": "I0\n"}, "max_instances is 0"},
		"a naive time":       {map[string]string{"next_run_time": at2030 + "tR"}, "next_run_time: a datetime without a time zone"},
		"an unknown zone":    {map[string]string{"next_run_time": at2030 + "cpytz\n_p\n(VMars/Base\ntRtR"}, `next_run_time: the time zone: "Mars/Base", character 1: there is no such time zone`},
		"a zone of somebody": {map[string]string{"next_run_time": at2030 + "cmine\nZone\n(tRtR"}, "next_run_time: the time zone is of type mine:Zone, which is not known"},
		"a custom trigger":   {map[string]string{"trigger": fmt.Sprintf(objects, "mine", "Moon")}, "trigger: mine:Moon is a class of your own; describe it with the kinds of docs/triggers.md"},
		"a later trigger":    {map[string]string{"trigger": fmt.Sprintf(interval, 1, 3)}, "trigger: interval: it is stored in version 3, and versions up to 2 are known"},
		"a negative interval": {map[string]string{"trigger": fmt.Sprintf(interval, -1, 2)},
			`trigger: interval: days="-1", character 1: the interval is -1 day, 0:00:00, it must be longer than 0`},
		"a call": {map[string]string{"args": "(cos\nsystem\n(Vls\ntRt"}, "args[0] is what a call of os:system returns, and nothing of a pickle is called"},
		"a call of what a call returns": {map[string]string{"args": "(c__builtin__\ngetattr\n(cos\nsystem\ntR(Vls\ntRt"},
			"args[0] is what a call of object returns, and nothing of a pickle is called"},
		"a call within": {map[string]string{"kwargs": "(dVa\n(lccollections\ndeque\n(tRas"}, "kwargs.a[0] is what a call of collections:deque returns, and nothing of a pickle is called"},
		"an object of the program": {map[string]string{"args": "(" + fmt.Sprintf(objects, "__main__", "Thing") + "t"},
			"args[0] needs __main__:Thing, which is in the program itself, and no worker can import that; move it to a module, and say --map __main__=MODULE"},
		"a list of its own kind": {map[string]string{"args": "(" + fmt.Sprintf(objects, "mine", "Thing") + "I1\nat"}, "args[0] is of type mine:Thing, a list or dict of its own kind, which JSON cannot carry"},
		"named arguments":        {map[string]string{"args": "(cmine\nThing\n)(dVa\nI1\ns\x92t"}, "args[0] is of type mine:Thing, which is made with named arguments, and JSON cannot carry that"},
		"a time in a zone of somebody": {map[string]string{"kwargs": "(dVwhen\n" + at2030 + "cmine\nZone\n(tRtRs"},
			"kwargs.when is of type datetime:datetime and cannot be carried: the time zone is of type mine:Zone, which is not known"},
		"the 13th month":    {map[string]string{"kwargs": "(dVwhen\ncdatetime\ndate\n(c_codecs\nencode\n(V\\u0007\\u00ee\\u000d\\u0001\nVlatin1\ntRtRs"}, `kwargs.when: "2030-13-01" is no date, give such as "2030-01-31"`},
		"no number":         {map[string]string{"args": "(cdecimal\nDecimal\n(Vmuch\ntRt"}, `args[0]: "much" is no Decimal, give such as "19.90"`},
		"a short UUID":      {map[string]string{"args": "(" + fmt.Sprintf(objects, "uuid", "UUID") + "(dVint\nI-1\nsbt"}, "args[0] is of type uuid:UUID and cannot be carried: it has no number of 128 bits"},
		"half a character":  {map[string]string{"kwargs": "(dVhalf\nV\\ud800\ns"}, "kwargs.half has half a character (a lone surrogate), which JSON cannot carry"},
		"a name of no text": {map[string]string{"kwargs": "(dI1\nI1\ns"}, "kwargs has a name of type int"},
		"a set of lists":    {map[string]string{"args": "(c__builtin__\nset\n((l(latRt"}, "args[0].value[0]: a list cannot be in a set, give what can be hashed, such as a text, a number or a tuple"},
	} {
		got := apscheduler.Convert(stored(c.changes), apscheduler.Options{Now: now()}).Reasons
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for state, want := range map[string]string{
		"":     "pickle, byte 0: the pickle ends here",
		"N.":   "what is stored is of type None, not the state of a job",
		"(d}x": "pickle, byte 3: there is no opcode 0x78",
	} {
		got := apscheduler.Convert(apscheduler.Record{ID: "j", State: []byte(state)}, apscheduler.Options{Now: now()}).Reasons
		if len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q", state, got, want)
		}
	}
}

func TestGrace(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"N": 0, "I1\n": time.Second, "I90\n": 90 * time.Second, "L9223372036854775807L\n": 0, "L99999999999999999999L\n": 0, "F0.5\n": time.Second / 2,
	} {
		r := apscheduler.Convert(stored(map[string]string{"misfire_grace_time": value}), apscheduler.Options{Now: now()})
		if r.Job.Policy.Grace != want || len(r.Reasons) > 0 {
			t.Errorf("%q: %v %q, want %v", value, r.Job.Policy.Grace, r.Reasons, want)
		}
	}
}

// TestZonesOfOthers: classes that few have are others from now on.
func TestZonesOfOthers(t *testing.T) {
	zone := "cdateutil.tz.tz\ntzoffset\n(NI3600\ntR"
	file := "cdateutil.tz.tz\ntzfile\n(NV/usr/share/zoneinfo/Asia/Tokyo\ntR"
	r := apscheduler.Convert(stored(map[string]string{"args": "(" + at2030 + zone + "tR" + at2030 + file + "tRt"}), apscheduler.Options{Now: now()})
	want := `{"args":[{"$py":"datetime","value":"2030-01-01T00:00:00+01:00"},` +
		`{"$py":"datetime","value":"2030-01-01T00:00:00","zone":{"$py":"ZoneInfo","value":"Asia/Tokyo"}}],"kwargs":{}}`
	if len(r.Reasons) > 0 || string(r.Job.Args) != want {
		t.Errorf("%q %s\nwant %s", r.Reasons, r.Job.Args, want)
	}
	notes := []string{
		"args[0] has a time zone of type dateutil.tz.tz:tzoffset, which is one of datetime or zoneinfo from now on",
		"args[1] has a time zone of type dateutil.tz.tz:tzfile, which is one of datetime or zoneinfo from now on",
	}
	if !slices.Equal(r.Notes, notes) {
		t.Errorf("%q", r.Notes)
	}
}

func TestRename(t *testing.T) {
	rename := map[string]string{"__main__": "tasks", "old:f": "new.module:g", "old:C": "new.module:D"}
	for from, want := range map[string]string{
		"Vother:f\n": "other:f", "V__main__:f\n": "tasks:f", "Vold:f\n": "new.module:g", "Vold:h\n": "old:h", "Vold:C.f\n": "new.module:D.f",
	} {
		r := apscheduler.Convert(stored(map[string]string{"func": from}), apscheduler.Options{Now: now(), Rename: rename})
		if r.Job.Func != want || len(r.Reasons) > 0 {
			t.Errorf("%q: %q %q, want %q", from, r.Job.Func, r.Reasons, want)
		}
	}
	// Classes and references among the arguments, too.
	args := "(" + fmt.Sprintf(objects, "__main__", "Svc") + "c__main__\nf\n" + fmt.Sprintf(objects, "old", "C") + "t"
	r := apscheduler.Convert(stored(map[string]string{"args": args}), apscheduler.Options{Now: now(), Rename: rename})
	want := `{"args":[{"$py":"object","class":"tasks:Svc"},{"$py":"global","value":"tasks:f"},{"$py":"object","class":"new.module:D"}],"kwargs":{}}`
	if string(r.Job.Args) != want || len(r.Reasons) > 0 {
		t.Errorf("%s %q, want %s", r.Job.Args, r.Reasons, want)
	}
	for _, wrong := range []string{"", "a", "=b", "a=", "a:f=b", "a=b:g"} {
		if from, to, err := apscheduler.ParseRename(wrong); err == nil {
			t.Errorf("%q is %q=%q", wrong, from, to)
		}
	}
}

// TestZones: what clocks showed at the beginning of 2030, in each kind of zone.
func TestZones(t *testing.T) {
	zoneinfo := "c__builtin__\ngetattr\n(czoneinfo\nZoneInfo\nV_unpickle\ntR(VEurope/Berlin\nI1\ntR"
	for name, c := range map[string]struct{ zone, want string }{
		"pytz":                  {"cpytz\n_p\n(VEurope/Berlin\nI3600\nI0\nVCET\ntR", "2030-01-01T00:00:00+01:00"},
		"pytz, another offset":  {"cpytz\n_p\n(VEurope/Berlin\nI7200\nI3600\nVCEST\ntR", "2029-12-31T23:00:00+01:00"},
		"pytz without offset":   {"cpytz\n_p\n(VAsia/Tokyo\ntR", "2030-01-01T00:00:00+09:00"},
		"pytz, fixed":           {"cpytz\nFixedOffset\n(I-90\ntR", "2030-01-01T00:00:00-01:30"},
		"zoneinfo":              {zoneinfo, "2030-01-01T00:00:00+01:00"},
		"tzlocal":               {"cpytz_deprecation_shim._impl\nwrap_zone\n(" + zoneinfo + "VEurope/Berlin\ntR", "2030-01-01T00:00:00+01:00"},
		"datetime":              {"cdatetime\ntimezone\n(cdatetime\ntimedelta\n(I-1\nI84600\nI0\ntRtR", "2030-01-01T00:00:00-00:30"},
		"dateutil":              {"cdateutil.tz.tz\ntzutc\n(tR", "2030-01-01T00:00:00Z"},
		"dateutil, fixed":       {"cdateutil.tz.tz\ntzoffset\n(NI3600\ntR", "2030-01-01T00:00:00+01:00"},
		"dateutil, of a file":   {"cdateutil.tz.tz\ntzfile\n(NV/usr/share/zoneinfo/Asia/Tokyo\ntR", "2030-01-01T00:00:00+09:00"},
		"of the zone's summer":  {"czoneinfo\nZoneInfo\n(VAustralia/Sydney\ntR", "2030-01-01T00:00:00+11:00"},
		"dateutil, a timedelta": {"cdateutil.tz.tz\ntzoffset\n(Ncdatetime\ntimedelta\n(I0\nI3600\nI0\ntRtR", "2030-01-01T00:00:00+01:00"},
	} {
		r := apscheduler.Convert(stored(map[string]string{"next_run_time": at2030 + c.zone + "tR", "trigger": once}), apscheduler.Options{Now: now()})
		if got := r.Job.State.Next.In(r.Zone).Format(time.RFC3339); got != c.want || len(r.Reasons) > 0 {
			t.Errorf("%s: %s %q, want %s", name, got, r.Reasons, c.want)
		}
	}
}

// TestClockChanges: times that clocks show twice or never, by fold.
func TestClockChanges(t *testing.T) {
	const head = "cdatetime\ndatetime\n(c_codecs\nencode\n(V\\u0007\\u00ee"
	const tail = "\\u001e\\u0000\\u0000\\u0000\\u0000\nVlatin1\ntRczoneinfo\nZoneInfo\n(VEurope/Berlin\ntRtR" // :30:00
	for name, c := range map[string]struct{ bytes, want string }{
		"twice, first":  {"\\u000a\\u001b\\u0002", "2030-10-27T02:30:00+02:00"},
		"twice, second": {"\\u008a\\u001b\\u0002", "2030-10-27T02:30:00+01:00"},
		"never":         {"\\u0003\\u001f\\u0002", "2030-03-31T03:30:00+02:00"},
		"never, fold":   {"\\u0083\\u001f\\u0002", "2030-03-31T01:30:00+01:00"},
	} {
		r := apscheduler.Convert(stored(map[string]string{"next_run_time": head + c.bytes + tail}), apscheduler.Options{Now: now()})
		if got := r.Job.State.Next.In(r.Zone).Format(time.RFC3339); got != c.want || len(r.Reasons) > 0 {
			t.Errorf("%s: %s %q, want %s", name, got, r.Reasons, c.want)
		}
	}
}

// TestNotesWhatTheIndexSays: the pickle counts, but who reads the report should
// know.
func TestNotesWhatTheIndexSays(t *testing.T) {
	late := stored(nil)
	late.Due = late.Due.Add(time.Second)
	unlisted := stored(nil)
	unlisted.Due = time.Time{}
	for _, c := range []struct {
		record apscheduler.Record
		want   string
	}{
		{late, "the store lists it as due 2030-01-01T00:00:01Z"},
		{unlisted, "APScheduler would not have run it: the store does not list it as due"},
		{stored(map[string]string{"next_run_time": "N"}), "it is paused, though the store lists it as due 2030-01-01T00:00:00Z"},
	} {
		r := apscheduler.Convert(c.record, apscheduler.Options{Now: now()})
		if len(r.Reasons) > 0 || len(r.Notes) != 1 || r.Notes[0] != c.want {
			t.Errorf("%q %q, want %q", r.Reasons, r.Notes, c.want)
		}
	}
	r := apscheduler.Convert(apscheduler.Record{ID: "gone", Due: now()}, apscheduler.Options{Now: now()})
	if len(r.Reasons) != 1 || r.Reasons[0] != "there is a run time, but no job" {
		t.Error(r.Reasons)
	}
}

// TestOldStates: up to APScheduler 3.1 triggers have no version, and a tuple for
// their state.
func TestOldStates(t *testing.T) {
	old := "capscheduler.triggers.date\nDateTrigger\n(tR(N(dVrun_date\n" + at2030 + utc + "tRstb"
	r := apscheduler.Convert(stored(map[string]string{"trigger": old, "version": ""}), apscheduler.Options{Now: now()})
	if len(r.Reasons) > 0 || r.Job.Trigger.String() != "date[2030-01-01T00:00:00Z]" {
		t.Error(r.Reasons, r.Job.Trigger)
	}
}

// FuzzConvert: whatever is stored, there is a job that can be kept or a reason.
func FuzzConvert(f *testing.F) {
	f.Add(stored(nil).State)
	for _, s := range samples(f) {
		f.Add(s.record(f).State)
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		r := apscheduler.Convert(apscheduler.Record{ID: "j", State: state}, apscheduler.Options{Now: now()})
		if len(r.Reasons) > 0 {
			return
		}
		if _, err := job.EncodeJob(r.Job); err != nil {
			t.Error(err)
		}
		if err := new(executor.Python).Check(r.Job); err != nil && !strings.HasPrefix(err.Error(), "function ") {
			t.Error(err)
		}
		r.Job.Trigger.Next(r.Job.State.Slot, now())
	})
}
