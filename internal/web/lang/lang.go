// Package lang has every text of the page, in each of its languages, in one
// table: a file for each part of the page. What a text is used for, its key says.
package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Language is one that the page speaks.
type Language int

// The languages.
const (
	English Language = iota
	Chinese
)

// Languages are all of them.
func Languages() []Language { return []Language{English, Chinese} }

// Tag is the name of the language in HTML (BCP 47).
func (l Language) Tag() string {
	if l == Chinese {
		return "zh-CN"
	}
	return "en"
}

// Preferred is the language that an Accept-Language header asks for: the one with
// the greatest weight that there is, English if there is none.
func Preferred(header string) Language {
	best, weight := English, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		language, ok := parse(tag)
		if q := quality(parameters); ok && q > weight {
			best, weight = language, q
		}
	}
	return best
}

func parse(tag string) (Language, bool) {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch primary {
	case "en", "*":
		return English, true
	case "zh":
		return Chinese, true
	}
	return English, false
}

// quality reads "q=0.8"; without it the weight is 1.
func quality(parameters string) float64 {
	value, ok := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
	if !ok {
		return 1
	}
	q, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	return q
}

// Text is a row of the table. Where a number decides, the English has two forms,
// "%d program|%d programs"; Chinese needs one.
type Text struct{ Key, English, Chinese string }

// Texts is the table.
func Texts() []Text {
	return slices.Concat(
		frame(),
		login(),
		states(),
		overview(),
		program(),
		actions(),
		jobs(),
		runs(), calendar(), jobform(),
		events(), config(), health(),
	)
}

// Words are the texts in one language.
type Words struct {
	Language
	texts map[string]string
}

// In gives the texts in a language.
func In(l Language) *Words {
	w := &Words{l, map[string]string{}}
	for _, t := range Texts() {
		w.texts[t.Key] = t.English
		if l == Chinese {
			w.texts[t.Key] = t.Chinese
		}
	}
	return w
}

// T is the text with a key, with args as fmt.Sprintf puts them in; the first of
// them decides between singular and plural. A key that there is not stands for
// itself; a test finds those.
func (w *Words) T(key string, args ...any) string {
	text, ok := w.texts[key]
	if !ok {
		return key
	}
	if one, many, plural := strings.Cut(text, "|"); plural {
		text = many
		if len(args) > 0 && args[0] == 1 {
			text = one
		}
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Has tells whether there is a text with the key.
func (w *Words) Has(key string) bool {
	_, ok := w.texts[key]
	return ok
}

// Units are the words for days, hours, minutes and seconds, in this order,
// separated by commas.
func (w *Words) Units() string { return w.T("unit.times") }

// Duration is a length of time in its two largest units, such as "3 d 4 h". A
// module of the page counts on in the same form.
func (w *Words) Duration(d time.Duration) string {
	seconds := int64(max(d, 0) / time.Second)
	units := strings.Split(w.Units(), ",")
	parts := []int64{seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60}
	for i, n := range parts {
		if n == 0 && i < len(parts)-1 {
			continue
		}
		text := fmt.Sprintf("%d %s", n, units[i])
		if i+1 < len(parts) && parts[i+1] > 0 {
			text += fmt.Sprintf(" %d %s", parts[i+1], units[i+1])
		}
		return text
	}
	return ""
}

// Bytes is an amount of memory, such as "34.5 MiB".
func (w *Words) Bytes(n int64) string {
	const step = 1024
	value, units := float64(n), []string{"B", "KiB", "MiB", "GiB", "TiB"}
	at := 0
	for value >= step && at < len(units)-1 {
		value /= step
		at++
	}
	if at == 0 || value >= 100 {
		return fmt.Sprintf("%.0f %s", value, units[at])
	}
	return fmt.Sprintf("%.1f %s", value, units[at])
}

// Share is a part of one core, such as "12.5 %".
func (w *Words) Share(part float64) string {
	percent := part * 100
	if percent >= 10 {
		return fmt.Sprintf("%.0f %%", percent)
	}
	return fmt.Sprintf("%.1f %%", percent)
}
