package config

import "slices"

// Extension is an option that Supervisor does not know. It passes over it, as it does over
// the sections that it does not know.
type Extension struct {
	Section string // as the docs head it, such as [program:x]
	Key     string
}

// Extensions are all options that Supervisor passes over: ours in sections of
// its own, and every option of the sections that only we have. They come in
// the order of the docs.
func Extensions() []Extension {
	var all []Extension
	for _, t := range schema() {
		for _, o := range t.options {
			if e := (Extension{t.title, o.key}); (t.ours || o.ours) && !slices.Contains(all, e) {
				all = append(all, e)
			}
		}
	}
	return all
}
