package trigger

import (
	_ "embed" // zones.txt
	"strings"
)

// zoneNames are the names of the zone database, one a line. Package time can
// load a zone but not list them.
//
//go:embed zones.txt
var zoneNames string

// zoneHint says what would be right instead of an unknown zone.
func zoneHint(name string) string {
	if offset, ok := looseOffset(name); ok {
		return "did you mean " + offsetName(offset) + "?"
	}
	known := append(strings.Fields(zoneNames), "Local")
	if near := nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	for _, zone := range known { // the city alone
		if _, city, _ := strings.Cut(zone, "/"); name != "" && strings.EqualFold(city, strings.ReplaceAll(name, " ", "_")) {
			return "did you mean " + zone + "?"
		}
	}
	return "want a name such as Europe/Berlin, UTC, Local or an offset such as +02:00"
}

// looseOffset reads offsets that are almost written as fixedOffset reads them:
// +2, GMT+2, utc+2:30.
func looseOffset(name string) (seconds int, ok bool) {
	text := strings.ToUpper(strings.ReplaceAll(name, " ", ""))
	text = strings.TrimPrefix(strings.TrimPrefix(text, "UTC"), "GMT")
	if len(text) == 2 || len(text) > 2 && text[2] == ':' {
		text = text[:1] + "0" + text[1:]
	}
	return fixedOffset(text)
}
