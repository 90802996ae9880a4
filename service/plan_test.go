package service_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// planned is a step in short.
type planned struct {
	Kind          service.StepKind
	Name          string
	Line          int
	Why           []string
	Was, Is       []int
	Stops, Starts []string
}

func short(p service.Plan) (steps []planned) {
	for _, s := range p.Steps {
		step := planned{Kind: s.Kind, Name: s.Group + s.Job, Line: s.Place.Line, Stops: s.Stops, Starts: s.Starts}
		for _, why := range s.Why {
			step.Why = append(step.Why, why.Key+": "+why.Old+" > "+why.New)
			step.Was, step.Is = append(step.Was, why.Was.Line), append(step.Is, why.Is.Line)
		}
		steps = append(steps, step)
	}
	return steps
}

// inPlan runs test with a daemon whose files have changed since it was started.
func inPlan(t *testing.T, test func(t *testing.T, dir string, d *servicetest.Daemon)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		rewrite(t, dir, catSection("same", ""), catSection("other", "priority=5\n"), catSection("old", ""), catSection("idle", "autostart=false\n"))
		d := servicetest.New(t, dir)
		synctest.Wait()
		rewrite(t, dir, catSection("same", ""), catSection("other", "stopwaitsecs=3\n"), catSection("new", ""))
		test(t, dir, d)
	})
}

func TestAPlanTellsWhatAnUpdateDoesAndWhy(t *testing.T) {
	inPlan(t, func(t *testing.T, _ string, d *servicetest.Daemon) {
		plan, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}
		want := []planned{
			{Kind: service.StepRemove, Name: "idle"},
			{Kind: service.StepRemove, Name: "old", Stops: []string{"old"}},
			{
				Kind: service.StepChange, Name: "other", Line: 9, Stops: []string{"other"}, Starts: []string{"other"},
				Why: []string{"priority: 5 > 999", "stopwaitsecs: 10 > 3"}, Was: []int{14, 0}, Is: []int{0, 14},
			},
			{Kind: service.StepAdd, Name: "new", Line: 15, Starts: []string{"new"}},
		}
		if diff := cmp.Diff(want, short(plan)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := d.ProcessInfo("new"); !errors.Is(err, service.ErrBadName) {
			t.Errorf("a plan has been put in force: %v", err)
		}
		again, err := d.Plan()
		if err != nil || again.Revision != plan.Revision {
			t.Errorf("another look gives %s and %s, %v", plan.Revision, again.Revision, err)
		}
	})
}

func TestOnlyWhatWasShownIsApplied(t *testing.T) {
	inPlan(t, func(t *testing.T, dir string, d *servicetest.Daemon) {
		plan, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, dir, catSection("same", ""), catSection("other", "stopwaitsecs=4\n"), catSection("new", ""))
		if _, _, _, err := d.UpdateAs(t.Context(), plan.Revision); !errors.Is(err, service.ErrPlanChanged) {
			t.Errorf("files that have changed since: %v", err)
		}
		if _, err := d.ProcessInfo("old"); err != nil {
			t.Errorf("something was done all the same: %v", err)
		}
		if plan, err = d.Plan(); err != nil {
			t.Fatal(err)
		}
		added, changed, removed, err := d.UpdateAs(t.Context(), plan.Revision)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(done{[]string{"new"}, []string{"other"}, []string{"idle", "old"}}, done{added, changed, removed}); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if plan, err = d.Plan(); err != nil || len(plan.Steps) != 0 {
			t.Errorf("after it there is left to do %v, %v", short(plan), err)
		}
	})
}

// TestWhatRunsCountsToo: somebody else's update is not repeated.
func TestWhatRunsCountsToo(t *testing.T) {
	inPlan(t, func(t *testing.T, _ string, d *servicetest.Daemon) {
		plan, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := d.Update(t.Context(), "new"); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := d.UpdateAs(t.Context(), plan.Revision); !errors.Is(err, service.ErrPlanChanged) {
			t.Errorf("a step of it was done by somebody else: %v", err)
		}
	})
}

func TestAPlanTellsWhatNoUpdateApplies(t *testing.T) {
	inPlan(t, func(t *testing.T, dir string, d *servicetest.Daemon) {
		rewrite(t, dir, "loglevel=debug\n", catSection("same", ""))
		if _, _, _, err := d.Reread(); err != nil { // after which what was started with is known still
			t.Fatal(err)
		}
		plan, err := d.Plan()
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Fixed) != 1 || plan.Fixed[0].Key != "loglevel" || plan.Fixed[0].New != "debug" || plan.Fixed[0].Is.Line != 4 {
			t.Errorf("%+v", plan.Fixed)
		}
	})
}

func TestAPlanOfFaultyFilesIsAFault(t *testing.T) {
	inPlan(t, func(t *testing.T, dir string, d *servicetest.Daemon) {
		rewrite(t, dir, "[program:x]\n")
		if _, err := d.Plan(); !errors.Is(err, service.ErrCannotReread) {
			t.Errorf("%v", err)
		}
	})
}
