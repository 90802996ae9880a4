package service_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// want is the fault of every sentinel that the two packages export.
func faults() map[string]map[error]string {
	return map[string]map[error]string{
		"service": {
			service.ErrBadName:       "ErrBadName 10 BAD_NAME",
			service.ErrBadSignal:     "ErrBadSignal 11 BAD_SIGNAL",
			service.ErrNoLog:         "ErrNoLog 20 NO_FILE",
			service.ErrBadArguments:  "ErrBadArguments 3 BAD_ARGUMENTS",
			service.ErrBadProgram:    "ErrBadProgram 2 INCORRECT_PARAMETERS",
			service.ErrShuttingDown:  "ErrShuttingDown 6 SHUTDOWN_STATE",
			service.ErrCannotReread:  "ErrCannotReread 92 CANT_REREAD",
			service.ErrBeyondLog:     "ErrBeyondLog 3 BAD_ARGUMENTS",
			service.ErrBadJob:        "ErrBadJob 3 BAD_ARGUMENTS",
			service.ErrNoScheduler:   "ErrNoScheduler 10 BAD_NAME",
			service.ErrDeclared:      "ErrDeclared 30 FAILED",
			service.ErrSchedulerDown: "ErrSchedulerDown 30 FAILED",
			service.ErrStoreAway:     "ErrStoreAway 30 FAILED",
			service.ErrPlanChanged:   "ErrPlanChanged 30 FAILED",
		},
		"supervise": {
			supervise.ErrNoProcess:      "ErrNoProcess 10 BAD_NAME",
			supervise.ErrNoGroup:        "ErrNoGroup 10 BAD_NAME",
			supervise.ErrAlreadyStarted: "ErrAlreadyStarted 60 ALREADY_STARTED",
			supervise.ErrNotRunning:     "ErrNotRunning 70 NOT_RUNNING",
			supervise.ErrSpawn:          "ErrSpawn 50 SPAWN_ERROR",
			supervise.ErrAbnormal:       "ErrAbnormal 40 ABNORMAL_TERMINATION",
			supervise.ErrNoFile:         "ErrNoFile 20 NO_FILE",
			supervise.ErrNotExecutable:  "ErrNotExecutable 21 NOT_EXECUTABLE",
			supervise.ErrUnknownState:   "ErrUnknownState 30 FAILED",
			supervise.ErrAlreadyAdded:   "ErrAlreadyAdded 90 ALREADY_ADDED",
			supervise.ErrStillRunning:   "ErrStillRunning 91 STILL_RUNNING",
			supervise.ErrStdinClosed:    "ErrStdinClosed 20 NO_FILE",
			supervise.ErrShutdown:       "ErrShutdown 6 SHUTDOWN_STATE",
			supervise.ErrFailed:         "ErrFailed 30 FAILED",
		},
	}
}

// TestEverySentinelHasAFault walks the sources, so that an error that is
// added without a row in the table fails here.
func TestEverySentinelHasAFault(t *testing.T) {
	for pkg, sentinels := range faults() {
		var tested []string
		for err, row := range sentinels {
			name, fault, _ := strings.Cut(row, " ")
			tested = append(tested, name)
			got := service.FaultOf(fmt.Errorf("do something: %w", err))
			if text := fmt.Sprintf("%d %s", got.Code, got); text != fault {
				t.Errorf("%s.%s is fault %s, want %s", pkg, name, text, fault)
			}
		}
		slices.Sort(tested)
		if declared := sentinelsOf(t, filepath.Join("..", pkg)); !slices.Equal(tested, declared) {
			t.Errorf("package %s declares %v, tested are %v", pkg, declared, tested)
		}
	}
}

// sentinelsOf is the sorted names of all exported error variables of a package.
func sentinelsOf(t *testing.T, dir string) []string {
	t.Helper()
	names := map[string]bool{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, f.Name()), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Err") {
				names[spec.Names[0].Name] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(names))
}
