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
	known := strings.Fields(zoneNames)
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
