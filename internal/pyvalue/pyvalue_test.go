package pyvalue_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
)

func TestRight(t *testing.T) {
	for _, text := range []string{
		`1`, `"$py"`, `{"a": "$py"}`, `[{"a": [null, true]}]`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00.5+01:00"}`, `{"$py": "datetime", "value": "2030-01-31 12:30Z"}`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00", "zone": "Europe/Berlin", "fold": 1}`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00", "zone": {"$py": "pytz", "value": "Europe/Berlin"}}`,
		`{"$py": "date", "value": "2028-02-29"}`, `{"$py": "time", "value": "23:59:59.999999"}`, `{"$py": "time", "value": "12:30-03:30:07"}`,
		`{"$py": "timedelta", "value": -90.5}`, `{"$py": "timedelta", "value": [-999999999, 0, 0]}`, `{"$py": "timedelta", "value": 86399999999999}`,
		`{"$py": "timezone", "value": "-03:30"}`, `{"$py": "timezone", "value": "+01:00", "name": "CET"}`,
		`{"$py": "ZoneInfo", "value": "Asia/Tokyo"}`, `{"$py": "pytz", "value": "UTC"}`, `{"$py": "pytz", "value": -330}`,
		`{"$py": "bytes", "value": ""}`, `{"$py": "bytes", "value": "AAH/"}`, `{"$py": "bytearray", "value": "AA=="}`,
		`{"$py": "tuple", "value": [[1], {"$py": "set", "value": []}]}`, `{"$py": "set", "value": [1, "a", {"$py": "tuple", "value": [1]}]}`,
		`{"$py": "frozenset", "value": [{"$py": "frozenset", "value": []}, {"$py": "object", "class": "m:C"}]}`,
		`{"$py": "dict", "value": []}`, `{"$py": "dict", "value": [[1, [2]], ["$py", {"a": 1}]]}`,
		`{"$py": "float", "value": "nan"}`, `{"$py": "complex", "value": [1.5, {"$py": "float", "value": "-inf"}]}`,
		`{"$py": "Decimal", "value": "19.90"}`, `{"$py": "Decimal", "value": "-.5E-7"}`, `{"$py": "Decimal", "value": "sNaN12"}`, `{"$py": "Decimal", "value": "Infinity"}`,
		`{"$py": "UUID", "value": "12345678-ABCD-5678-1234-567812345678"}`, `{"$py": "global", "value": "shop.tasks:Color.RED"}`, `{"$py": "global", "value": "мод:имя"}`,
		`{"$py": "object", "class": "m:C.D", "args": [1], "state": {"when": {"$py": "date", "value": "2030-01-31"}}}`,
		`{"\u0024p\u0079": "bytes", "value": ""}`,
	} {
		if err := pyvalue.CheckArgs([]json.RawMessage{json.RawMessage(text)}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := pyvalue.CheckKwargs(map[string]json.RawMessage{"$py": json.RawMessage(`"bytes"`)}); err != nil {
		t.Errorf("$py is a name like any other: %v", err)
	}
}

// TestWrong: what is said of each, at kwargs.x.
func TestWrong(t *testing.T) {
	const (
		datetime  = `is no datetime, give such as "2030-01-31T12:30:00+01:00"`
		timedelta = `is no timedelta, give such as 90.5`
		bytes     = `is no bytes, give such as "AAH/"`
		hashable  = "give what can be hashed, such as a text, a number or a tuple"
		kinds     = "give one of datetime, date, time, timedelta, timezone, ZoneInfo, pytz, bytes, bytearray, tuple, set, frozenset, dict, float, complex, Decimal, UUID, global, object"
	)
	for text, want := range map[string]string{
		`{"$py": "datetim", "value": ""}`:                                                   `: there is no type "datetim" for "$py", ` + kinds,
		`{"\u0024py": "datetim", "value": ""}`:                                              `: there is no type "datetim" for "$py", ` + kinds,
		`{"$py": 1}`:                                                                        `: "$py" is no text, give the name of a type, such as "datetime"; a dict with such a key is written {"$py": "dict", "value": [["$py", ...]]}`,
		`{"$py": "bytes"}`:                                                                  `: bytes needs "value", give such as "AAH/"`,
		`{"$py": "bytes", "value": "", "encoding": "hex"}`:                                  `: bytes has no "encoding", give value`,
		`{"$py": "date", "value": "2030-01-31", "zone": "UTC"}`:                             `: date has no "zone", give value`,
		`{"$py": "object", "value": "m:C"}`:                                                 `: object has no "value", give class, args, state`,
		`{"$py": "object"}`:                                                                 `: object needs "class", give such as "shop.tasks:Report"`,
		`{"$py": "object", "class": "C"}`:                                                   `: "C" is no object, give such as "shop.tasks:Report"`,
		`{"$py": "object", "class": "__main__:C"}`:                                          `: "__main__:C" is no object, give such as "shop.tasks:Report"`,
		`{"$py": "object", "class": "m:C", "args": 1}`:                                      `: args are no list, give such as [1, "a"]`,
		`{"$py": "object", "class": "m:C", "args": [{"$py": "bytes", "value": "?"}]}`:       `.args[0]: "?" ` + bytes,
		`{"$py": "object", "class": "m:C", "state": {"n o": {"$py": "bytes", "value": 1}}}`: `.state["n o"]: 1 ` + bytes,
		`[0, {"a": {"$py": "datetime", "value": "2030-01-31"}}]`:                            `[1].a: "2030-01-31" ` + datetime,
		`{"$py": "datetime", "value": "2030-02-29T00:00:00"}`:                               `: "2030-02-29T00:00:00" ` + datetime,
		`{"$py": "datetime", "value": "0000-01-01T00:00:00"}`:                               `: "0000-01-01T00:00:00" ` + datetime,
		`{"$py": "datetime", "value": "2030-01-31T24:00:00"}`:                               `: "2030-01-31T24:00:00" ` + datetime,
		`{"$py": "datetime", "value": "2030-01-31T12:60:00"}`:                               `: "2030-01-31T12:60:00" ` + datetime,
		`{"$py": "datetime", "value": "2030-01-31T12:30:60"}`:                               `: "2030-01-31T12:30:60" ` + datetime,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00+24:00"}`:                         `: "2030-01-31T12:30:00+24:00" ` + datetime,
		`{"$py": "datetime", "value": 1893456000}`:                                          `: 1893456000 ` + datetime,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00", "zone": "Mars/Base"}`:          `: there is no time zone "Mars/Base", give such as "Europe/Berlin"`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00", "zone": 1}`:                    `: zone is no time zone, give such as "Europe/Berlin", or a timezone, ZoneInfo or pytz`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00", "zone": {"$py": "timezone"}}`:  `.zone: timezone needs "value", give such as "+01:00"`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00", "fold": 2}`:                    `: fold is neither 0 nor 1, give 1 for the second of two equal times of the clocks`,
		`{"$py": "time", "value": "12"}`:                                                    `: "12" is no time, give such as "12:30:00"`,
		`{"$py": "date", "value": "2030-1-31"}`:                                             `: "2030-1-31" is no date, give such as "2030-01-31"`,
		`{"$py": "timedelta", "value": "90"}`:                                               `: "90" ` + timedelta,
		`{"$py": "timedelta", "value": 1e400}`:                                              `: 1e400 ` + timedelta,
		`{"$py": "timedelta", "value": 86400000000000}`:                                     `: 86400000000000 ` + timedelta,
		`{"$py": "timedelta", "value": [1, 2]}`:                                             `: [1,2] ` + timedelta,
		`{"$py": "timedelta", "value": [1, 86400, 0]}`:                                      `: [1,86400,0] ` + timedelta,
		`{"$py": "timezone", "value": "Europe/Berlin"}`:                                     `: "Europe/Berlin" is no timezone, give such as "+01:00"`,
		`{"$py": "timezone", "value": ""}`:                                                  `: "" is no timezone, give such as "+01:00"`,
		`{"$py": "timezone", "value": "+01:00", "name": 1}`:                                 `: the name of a timezone is no text, give such as "CET"`,
		`{"$py": "ZoneInfo", "value": "Local"}`:                                             `: there is no time zone "Local", give such as "Europe/Berlin"`,
		`{"$py": "pytz", "value": 1440}`:                                                    `: there is no time zone "", give such as "Europe/Berlin"`,
		`{"$py": "bytes", "value": "AA\n=="}`:                                               `: "AA\n==" ` + bytes,
		`{"$py": "bytes", "value": "AB=="}`:                                                 `: "AB==" ` + bytes,
		`{"$py": "tuple", "value": "ab"}`:                                                   `: "ab" is no tuple, give such as [1, "a"]`,
		`{"$py": "set", "value": [1, [2]]}`:                                                 `.value[1]: a list cannot be in a set, ` + hashable,
		`{"$py": "frozenset", "value": [{"a": 1}]}`:                                         `.value[0]: a dict cannot be in a frozenset, ` + hashable,
		`{"$py": "set", "value": [{"$py": "tuple", "value": [{"$py":"set","value":[]}]}]}`:  `.value[0].value[0]: a set cannot be in a set, ` + hashable,
		`{"$py": "set", "value": [{"$py": "date", "value": ""}]}`:                           `.value[0]: "" is no date, give such as "2030-01-31"`,
		`{"$py": "dict", "value": {"a": 1}}`:                                                `: {"a":1} is no dict, give such as [[1, "one"]]`,
		`{"$py": "dict", "value": [[1, 2, 3]]}`:                                             `.value[0]: a dict is made of pairs, give such as [[1, "one"]]`,
		`{"$py": "dict", "value": [[[1], 2]]}`:                                              `.value[0][0]: a list cannot be in the keys of a dict, ` + hashable,
		`{"$py": "dict", "value": [[1, {"$py": "x"}]]}`:                                     `.value[0][1]: there is no type "x" for "$py", ` + kinds,
		`{"$py": "float", "value": 1.5}`:                                                    `: 1.5 is no float, give such as "nan", "inf" or "-inf"`,
		`{"$py": "complex", "value": [1, "2"]}`:                                             `: [1,"2"] is no complex, give such as [1.5, -2]`,
		`{"$py": "complex", "value": [1, {"$py": "float", "value": 1}]}`:                    `.value[1]: 1 is no float, give such as "nan", "inf" or "-inf"`,
		`{"$py": "Decimal", "value": 19.90}`:                                                `: 19.90 is no Decimal, give such as "19.90"`,
		`{"$py": "Decimal", "value": "1,5"}`:                                                `: "1,5" is no Decimal, give such as "19.90"`,
		`{"$py": "UUID", "value": "12345678"}`:                                              `: "12345678" is no UUID, give such as "12345678-1234-5678-1234-567812345678"`,
		`{"$py": "global", "value": "tasks.f"}`:                                             `: "tasks.f" is no global, give such as "shop.tasks:Color.RED"`,
		`{"$py": "bytes", "value": "` + strings.Repeat("€", 40) + `"}`:                      `: "` + strings.Repeat("€", 19) + `... ` + bytes,
	} {
		err := pyvalue.CheckKwargs(map[string]json.RawMessage{"x": json.RawMessage(text), "a": json.RawMessage("1")})
		var e *pyvalue.Error
		if !errors.As(err, &e) || err.Error() != "kwargs.x"+want {
			t.Errorf("%s:\n got %v\nwant kwargs.x%s", text, err, want)
		}
	}
	err := pyvalue.CheckArgs([]json.RawMessage{json.RawMessage("1"), json.RawMessage(`{"$py": "bytes"}`)})
	if err == nil || err.Error() != `args[1]: bytes needs "value", give such as "AAH/"` {
		t.Error(err)
	}
}
