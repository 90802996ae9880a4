package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// docsPage is what the template shows.
type docsPage struct {
	Title    string
	About    []string // paragraphs
	Parts    []docsPart
	Types    []docsType
	Problems []docsProblem
}

type docsPart struct {
	Name, Anchor, About string
	Operations          []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, About, Role string
	Inputs                                 []docsField // path, query, header
	Body                                   docsShape
	Answers                                []docsAnswer
}

// docsField is a parameter, or a member of a type.
type docsField struct {
	Name, Where string
	Required    bool
	Shape       docsShape
	About       string
}

// docsShape is a type in words, and a link to it where it has a name.
type docsShape struct{ Text, Link string }

type docsAnswer struct {
	Status, About string
	Good          bool
	Shape         docsShape
	Problems      []docsProblem
}

type docsType struct {
	Name   string
	Fields []docsField
}

type docsProblem struct{ Anchor, Type, Status, Title, Help string }

// newPage is the page of a document.
func newPage(d *huma.OpenAPI, operations []operation) docsPage {
	page := docsPage{Title: d.Info.Title, About: strings.Split(d.Info.Description, "\n\n")}
	for _, tag := range d.Tags {
		part := docsPart{Name: tag.Name, Anchor: "part-" + strings.ToLower(tag.Name), About: tag.Description}
		for _, o := range operations {
			if o.tag == tag.Name {
				part.Operations = append(part.Operations, docsOperationOf(o, operationIn(d, o)))
			}
		}
		if len(part.Operations) > 0 {
			page.Parts = append(page.Parts, part)
		}
	}
	schemas := d.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		page.Types = append(page.Types, docsTypeOf(name, schemas[name]))
	}
	for _, row := range problemKinds() {
		page.Problems = append(page.Problems, docsProblemOf(row))
	}
	return page
}

func docsProblemOf(row problemKind) docsProblem {
	_, anchor, _ := strings.Cut(row.uri, "#")
	return docsProblem{anchor, row.uri, statusText(row.status), row.title, row.help}
}

// operationIn is what the document has of an operation.
func operationIn(d *huma.OpenAPI, o operation) *huma.Operation {
	item := d.Paths[o.path]
	for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
		if op != nil && op.OperationID == o.id {
			return op
		}
	}
	panic("the document has no operation " + o.id)
}

func docsOperationOf(o operation, d *huma.Operation) docsOperation {
	op := docsOperation{
		ID: o.id, Method: o.method, Path: api.Prefix + o.path, Summary: o.summary, About: o.about, Role: o.role.String(),
	}
	for _, p := range d.Parameters {
		op.Inputs = append(op.Inputs, docsField{Name: p.Name, Where: p.In, Required: p.Required, Shape: shapeOf(p.Schema), About: p.Description})
	}
	if d.RequestBody != nil {
		for _, content := range d.RequestBody.Content {
			op.Body = shapeOf(content.Schema)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(d.Responses)) {
		response := d.Responses[code]
		status, err := strconv.Atoi(code)
		if err != nil {
			panic(err)
		}
		answer := docsAnswer{Status: statusText(status), Good: status < 400}
		types, _ := response.Extensions[problemTypes].([]string)
		for _, row := range problemKinds() {
			if slices.Contains(types, row.uri) {
				answer.Problems = append(answer.Problems, docsProblemOf(row))
			}
		}
		if len(answer.Problems) == 0 && response.Description != http.StatusText(status) {
			answer.About = response.Description
		}
		for media, content := range response.Content {
			answer.Shape = shapeOf(content.Schema)
			if answer.Good && media != "application/json" {
				answer.About = media
			}
		}
		op.Answers = append(op.Answers, answer)
	}
	return op
}

func docsTypeOf(name string, schema *huma.Schema) docsType {
	t := docsType{Name: name}
	names := slices.Sorted(maps.Keys(schema.Properties))
	slices.SortStableFunc(names, func(a, b string) int { // what is always there first
		return boolOrder(slices.Contains(schema.Required, a), slices.Contains(schema.Required, b))
	})
	for _, field := range names {
		p := schema.Properties[field]
		t.Fields = append(t.Fields, docsField{
			Name: field, Required: slices.Contains(schema.Required, field), Shape: shapeOf(p), About: p.Description,
		})
	}
	return t
}

// boolOrder sorts true before false.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// shapeOf is a schema in words.
func shapeOf(s *huma.Schema) docsShape {
	switch {
	case s == nil:
		return docsShape{}
	case s.Ref != "":
		name := s.Ref[strings.LastIndex(s.Ref, "/")+1:]
		return docsShape{Text: name, Link: "#type-" + name}
	case s.Type == huma.TypeArray:
		of := shapeOf(s.Items)
		return docsShape{Text: "list of " + of.Text, Link: of.Link}
	case s.Type == huma.TypeObject:
		return docsShape{Text: "object"}
	case s.Type == "":
		return docsShape{Text: "anything"}
	}
	words := []string{s.Type}
	if s.Format == "date-time" {
		words = []string{"time"}
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		words = []string{strings.Join(values, " | ")}
	}
	if s.Minimum != nil && s.Maximum != nil {
		words = append(words, fmt.Sprintf("from %.0f to %.0f", *s.Minimum, *s.Maximum))
	}
	if s.Default != nil {
		words = append(words, fmt.Sprintf("(default %v)", s.Default))
	}
	return docsShape{Text: strings.Join(words, " ")}
}
