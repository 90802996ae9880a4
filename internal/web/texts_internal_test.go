package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
)

// used are the keys that templates and code name; those that end in a dot or a
// verb stand for all that begin like that.
func used(t *testing.T) []string {
	t.Helper()
	var keys []string
	key := regexp.MustCompile(`"([a-z]+\.[a-zA-Z.%-]*)"`)
	for _, name := range templateFiles(t) {
		text, err := embedded.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, m[1])
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, "lang/lang.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING && key.MatchString(literal.Value) {
				text, err := strconv.Unquote(literal.Value)
				if err == nil {
					keys = append(keys, text)
				}
			}
			return true
		})
	}
	for _, p := range pages() {
		keys = append(keys, p.name+".title")
		if p.nav {
			keys = append(keys, "nav."+p.name)
		}
	}
	for _, a := range actions() {
		keys = append(keys, "action."+a.name, "done."+a.name, "done."+a.name+".one")
		if a.asks {
			keys = append(keys, "ask."+a.name, "ask."+a.name+".one", "ask."+a.name+".help")
		}
	}
	return keys
}

// TestTextsAndPagesAgree: no page asks for a text that there is not, and there is no
// text that no page asks for.
func TestTextsAndPagesAgree(t *testing.T) {
	words := lang.In(lang.English)
	keys := used(t)
	var prefixes []string
	known := map[string]bool{}
	for _, key := range keys {
		known[key] = true
		if before, _, dynamic := strings.Cut(key, "%"); dynamic || strings.HasSuffix(key, ".") {
			prefixes = append(prefixes, before)
			continue
		}
		if !words.Has(key) && strings.Contains(key, ".") && !strings.HasSuffix(key, ".svg") && !strings.HasSuffix(key, ".css") && !strings.HasSuffix(key, ".js") && !strings.HasSuffix(key, ".html") {
			t.Errorf("there is no text %s", key)
		}
	}
	for _, text := range lang.Texts() {
		ok := known[text.Key]
		for _, p := range prefixes {
			ok = ok || strings.HasPrefix(text.Key, p)
		}
		if !ok {
			t.Errorf("nothing shows the text %s", text.Key)
		}
	}
}

// TestTemplatesHaveNoTextOfTheirOwn: all that a person reads, attributes too, comes
// out of the table; but the name of the product, and samples of a configuration.
func TestTemplatesHaveNoTextOfTheirOwn(t *testing.T) {
	attributes := regexp.MustCompile(`(?:aria-label|title|placeholder|alt)="([^"{]*)"`)
	tags := regexp.MustCompile(`(?s)<pre>.*?</pre>|<[^>]*>|\b(?:lang|class|id|role|href|value|data-[a-z]+)="|"`)
	for _, name := range templateFiles(t) {
		text, err := embedded.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		trees, err := parse.Parse(name, string(text), "", "", stubs())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range attributes.FindAllStringSubmatch(string(text), -1) {
			if strings.IndexFunc(m[1], unicode.IsLetter) >= 0 {
				t.Errorf("%s: an attribute says %q", name, m[1])
			}
		}
		for _, tree := range trees {
			own := tags.ReplaceAllString(flat(tree.Root), " ")
			own = strings.ReplaceAll(own, "Watchkeeper", "")
			if strings.IndexFunc(own, unicode.IsLetter) >= 0 {
				t.Errorf("%s, template %s, has text of its own: %q", name, tree.Name, strings.Join(strings.Fields(own), " "))
			}
		}
	}
}

// flat is the text of a template without its actions, which become nothing.
func flat(n parse.Node) string {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return ""
		}
		var b strings.Builder
		for _, child := range n.Nodes {
			b.WriteString(flat(child))
		}
		return b.String()
	case *parse.TextNode:
		return string(n.Text)
	case *parse.IfNode:
		return flat(n.List) + flat(n.ElseList)
	case *parse.RangeNode:
		return flat(n.List) + flat(n.ElseList)
	case *parse.WithNode:
		return flat(n.List) + flat(n.ElseList)
	}
	return ""
}

func stubs() map[string]any {
	all := map[string]any{}
	for name := range functions(lang.In(lang.English), loadAssets()) {
		all[name] = true
	}
	for _, name := range []string{"and", "or", "not", "len", "index", "eq", "ne", "lt", "le", "gt", "ge", "printf", "print", "html", "js", "urlquery", "call", "slice", "println"} {
		all[name] = true
	}
	return all
}

func templateFiles(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(embedded, "templates/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

// TestNoAttributeIsTakenForAScript: html/template quotes what data-on… has as if it
// were JavaScript.
func TestNoAttributeIsTakenForAScript(t *testing.T) {
	scripts := regexp.MustCompile(`\bdata-on[a-z-]*=`)
	for _, name := range templateFiles(t) {
		text, err := embedded.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := scripts.FindString(string(text)); found != "" {
			t.Errorf("%s has the attribute %s", name, found)
		}
	}
}
