package arch_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The size targets of STYLE.md. A function that is one literal table does
// not count, nor does a struct whose fields all carry tags (it is somebody
// else's wire format).
const (
	maxFunctionLines   = 90
	p90FunctionLines   = 40
	maxFileLines       = 600
	p90FileLines       = 350
	maxStructFields    = 16
	maxInterfaceMethod = 9
	maxNesting         = 4
)

// finding is one thing with a size.
type finding struct {
	what string
	size int
}

// survey is what the tests below look at: the non-test Go files of the tree.
type survey struct {
	functions, files, structs, interfaces, nesting []finding
	undocumented, mutable, inits                   []string
}

func TestSizes(t *testing.T) {
	s := walk(t)
	limit(t, "lines in a function", s.functions, p90FunctionLines, maxFunctionLines)
	limit(t, "lines in a file", s.files, p90FileLines, maxFileLines)
	limit(t, "fields in a struct", s.structs, maxStructFields, maxStructFields)
	limit(t, "methods in an interface", s.interfaces, maxInterfaceMethod, maxInterfaceMethod)
	limit(t, "levels of nesting", s.nesting, maxNesting, maxNesting)
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	for _, name := range walk(t).undocumented {
		t.Errorf("%s has no doc comment", name)
	}
}

func TestNoPackageState(t *testing.T) {
	s := walk(t)
	for _, name := range s.mutable {
		t.Errorf("%s is a package variable that is neither an error, an embedded file nor an interface check", name)
	}
	for _, name := range s.inits {
		t.Errorf("%s: init function", name)
	}
}

// limit fails for what is over most and reports the five largest, so that
// the tail is seen before it is over.
func limit(t *testing.T, what string, found []finding, p90, most int) {
	t.Helper()
	if len(found) == 0 {
		t.Fatalf("no %s found: the survey is broken", what)
	}
	slices.SortFunc(found, func(a, b finding) int { return cmp.Compare(b.size, a.size) })
	var worst []string
	for _, f := range found[:min(5, len(found))] {
		worst = append(worst, fmt.Sprintf("%d %s", f.size, f.what))
	}
	t.Logf("%s, the largest of %d:\n\t%s", what, len(found), strings.Join(worst, "\n\t"))
	for _, f := range found {
		if f.size > most {
			t.Errorf("%s: %d %s, at most %d", f.what, f.size, what, most)
		}
	}
	if at := found[len(found)/10]; at.size > p90 {
		t.Errorf("a tenth of all have more than %d %s (p90 target %d)", at.size, what, p90)
	}
}

func walk(t *testing.T) *survey {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := &survey{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || name == "tools" || path != root && strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return s.file(path, rel)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *survey) file(path, rel string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	lines := func(n ast.Node) int { return fset.Position(n.End()).Line - fset.Position(n.Pos()).Line + 1 }
	at := func(n ast.Node, name string) string {
		return fmt.Sprintf("%s:%d %s", rel, fset.Position(n.Pos()).Line, name)
	}
	s.files = append(s.files, finding{rel, lines(f)})
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			s.function(decl, at(decl, decl.Name.Name), lines)
		case *ast.GenDecl:
			s.general(decl, at)
		}
	}
	return nil
}

func (s *survey) function(decl *ast.FuncDecl, where string, lines func(ast.Node) int) {
	if decl.Name.Name == "init" && decl.Recv == nil {
		s.inits = append(s.inits, where)
	}
	if decl.Name.IsExported() && decl.Doc == nil && exportedReceiver(decl) {
		s.undocumented = append(s.undocumented, where)
	}
	if decl.Body == nil {
		return
	}
	if !isTable(decl.Body) {
		s.functions = append(s.functions, finding{where, lines(decl)})
	}
	s.nesting = append(s.nesting, finding{where, depth(decl.Body)})
}

// exportedReceiver: methods of unexported types need no doc, and neither do
// those that implement an interface of the standard library by name.
func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	switch decl.Name.Name {
	case "String", "Error", "Unwrap", "Is", "Len", "Less", "Swap":
		return false
	}
	typ := decl.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	ident, ok := typ.(*ast.Ident)
	return ok && ident.IsExported()
}

// isTable: a body that only returns a composite literal.
func isTable(body *ast.BlockStmt) bool {
	if len(body.List) != 1 {
		return false
	}
	ret, ok := body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return false
	}
	_, ok = ret.Results[0].(*ast.CompositeLit)
	return ok
}

// depth is how many control structures stand inside one another; an else-if
// chain is one level, and a function literal starts anew.
func depth(n ast.Node) int {
	deepest := 0
	ast.Inspect(n, func(c ast.Node) bool {
		if c == n || c == nil {
			return true
		}
		switch c := c.(type) {
		case *ast.IfStmt:
			d := 1 + depth(c.Body)
			if elseIf, ok := c.Else.(*ast.IfStmt); ok {
				d = max(d, depth(&ast.BlockStmt{List: []ast.Stmt{elseIf}}))
			} else if c.Else != nil {
				d = max(d, 1+depth(c.Else))
			}
			deepest = max(deepest, d)
			return false
		case *ast.ForStmt:
			deepest = max(deepest, 1+depth(c.Body))
			return false
		case *ast.RangeStmt:
			deepest = max(deepest, 1+depth(c.Body))
			return false
		case *ast.SwitchStmt:
			deepest = max(deepest, 1+depth(c.Body))
			return false
		case *ast.TypeSwitchStmt:
			deepest = max(deepest, 1+depth(c.Body))
			return false
		case *ast.SelectStmt:
			deepest = max(deepest, 1+depth(c.Body))
			return false
		case *ast.FuncLit:
			deepest = max(deepest, depth(c.Body))
			return false
		}
		return true
	})
	return deepest
}

func (s *survey) general(decl *ast.GenDecl, at func(ast.Node, string) string) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			where := at(spec, spec.Name.Name)
			if spec.Name.IsExported() && decl.Doc == nil && spec.Doc == nil {
				s.undocumented = append(s.undocumented, where)
			}
			switch typ := spec.Type.(type) {
			case *ast.StructType:
				if n := countFields(typ.Fields, true); n > 0 {
					s.structs = append(s.structs, finding{where, n})
				}
			case *ast.InterfaceType:
				s.interfaces = append(s.interfaces, finding{where, countFields(typ.Methods, false)})
			}
		case *ast.ValueSpec:
			s.value(decl, spec, at)
		}
	}
}

func countFields(list *ast.FieldList, wireExempt bool) int {
	n, tagged := 0, 0
	for _, f := range list.List {
		k := max(1, len(f.Names))
		n += k
		if f.Tag != nil {
			tagged += k
		}
	}
	if wireExempt && tagged == n {
		return 0
	}
	return n
}

func (s *survey) value(decl *ast.GenDecl, spec *ast.ValueSpec, at func(ast.Node, string) string) {
	for i, name := range spec.Names {
		where := at(spec, name.Name)
		documented := decl.Doc != nil || spec.Doc != nil || spec.Comment != nil
		if name.IsExported() && !documented {
			s.undocumented = append(s.undocumented, where)
		}
		if decl.Tok != token.VAR || name.Name == "_" || embedded(decl, spec) {
			continue
		}
		if i < len(spec.Values) && isSentinel(spec.Values[i]) {
			continue
		}
		if isMemo(spec, name.Name) {
			continue
		}
		s.mutable = append(s.mutable, where)
	}
}

func embedded(decl *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{decl.Doc, spec.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed") {
				return true
			}
		}
	}
	return false
}

// isMemo: the one memory of what never changes, the zone database as loaded.
// Without it every job would load a copy of its own.
func isMemo(spec *ast.ValueSpec, name string) bool {
	typ, ok := spec.Type.(*ast.SelectorExpr)
	return ok && name == "zones" && typ.Sel.Name == "Map"
}

// isSentinel: errors.New(…) or fmt.Errorf(…).
func isSentinel(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := fun.X.(*ast.Ident)
	return ok && (pkg.Name == "errors" && fun.Sel.Name == "New" || pkg.Name == "fmt" && fun.Sel.Name == "Errorf")
}
