package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
)

//go:embed templates static
var embedded embed.FS

// templates are those of all pages in one language, by the name of the page.
type templates struct{ sets map[string]*template.Template }

// loadTemplates reads them: layout.html and those that are common for all pages, and each
// page's own file, in which "main" is what stands in the frame.
func loadTemplates(words *lang.Words, files assets) templates {
	base := template.Must(template.New("").Funcs(functions(words, files)).ParseFS(embedded, "templates/layout.html", "templates/common.html", "templates/runs-common.html"))
	entries, err := embedded.ReadDir("templates")
	if err != nil {
		panic(err) // it is embedded
	}
	t := templates{map[string]*template.Template{}}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".html")
		if name == "layout" || strings.HasSuffix(name, "common") {
			continue
		}
		t.sets[name] = template.Must(template.Must(base.Clone()).ParseFS(embedded, "templates/"+e.Name()))
	}
	return t
}

// has tells whether the file of a page defines a template.
func (t templates) has(page, name string) bool {
	set := t.sets[page]
	return set != nil && set.Lookup(name) != nil
}

func (t templates) execute(w io.Writer, page, name string, f *frame) error {
	set := t.sets[page]
	if set == nil {
		return fmt.Errorf("page %s has no template", page)
	}
	return set.ExecuteTemplate(w, name, f)
}

// functions are what templates may call.
func functions(words *lang.Words, files assets) template.FuncMap {
	return template.FuncMap{
		"t":            words.T,
		"asset":        files.address,
		"duration":     words.Duration,
		"bytes":        words.Bytes,
		"share":        words.Share,
		"stamp":        stamp,
		"clock":        func(t time.Time) string { return t.Format("2006-01-02 15:04:05") },
		"zoned":        func(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") },
		"took":         (&runWords{words}).Took,
		"moment":       moment,
		"latency":      latency,
		"outcomeClass": outcomeClass,
		"how":          func(text string) string { return how(words, text) },
		"signals":      signals,
		"changeClass":  changeClass,
		"fileLine":     fileLine,
		"shortLine":    func(p config.Place) string { return filepath.Base(fileLine(p)) },
		"since":        time.Since,
		"until":        time.Until,
		"pair":         func(a, b any) []any { return []any{a, b} },
		"list":         func(texts ...string) []string { return texts },
		"zone":         func(t time.Time) string { return t.Local().Format("MST") },
		"words":        strings.Fields,
		"join":         func(texts []string) string { return strings.Join(texts, ", ") },
		"minus":        func(a, b int) int { return a - b },
	}
}

// fileLine is the name of a file, and the line.
func fileLine(p config.Place) string {
	if p.File == "" {
		return ""
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// moment is the time of a day, with the day if that is not today.
func moment(t time.Time) string {
	now := time.Now()
	if t.YearDay() != now.YearDay() || t.Year() != now.Year() {
		return t.Format("01-02 15:04:05")
	}
	return t.Format(time.TimeOnly)
}
