package supervise_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func names(t *testing.T, w *world, group string) (processes, spec []string) {
	t.Helper()
	g, ok := w.sup.Group(group)
	if !ok {
		t.Fatalf("group %s is gone", group)
	}
	for _, p := range g.Processes() {
		processes = append(processes, p.Program().Name)
	}
	for _, p := range g.Spec().Programs {
		spec = append(spec, p.Name)
	}
	return processes, spec
}

func TestAGroupCanBeExtended(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("a", 1, program(named("x"), noAutostart)))
		w.add(group("g", 2, program(named("x"), noAutostart)))
		w.add(group("z", 3))
		before, _ := w.sup.Group("g")
		if err := w.sup.Extend("g", []supervise.Program{program(named("y")), program(named("z"), noAutostart)}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for what, got := range map[string][]string{"processes": first(names(t, w, "g")), "spec": second(names(t, w, "g"))} {
			if diff := cmp.Diff([]string{"x", "y", "z"}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		if len(before.Processes()) != 1 || len(before.Spec().Programs) != 1 {
			t.Error("the group that somebody held has changed")
		}
		var order []string
		for _, g := range w.sup.Groups() {
			order = append(order, g.Name())
		}
		if diff := cmp.Diff([]string{"a", "g", "z"}, order); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		w.only("-> ")
		w.want(`0s y STOPPED -> STARTING tries:0`)
	})
}

func first(a, _ []string) []string  { return a }
func second(_, b []string) []string { return b }

func TestWhatCannotBeAddedOrWithdrawn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(named("x"))))
		synctest.Wait()
		for _, c := range []struct {
			what string
			err  error
			want error
		}{
			{"an unknown group", w.sup.Extend("h", nil), supervise.ErrNoGroup},
			{"a name that is taken", w.sup.Extend("g", []supervise.Program{program(named("y")), program(named("x"))}), supervise.ErrAlreadyAdded},
			{"a name given twice", w.sup.Extend("g", []supervise.Program{program(named("y")), program(named("y"))}), supervise.ErrAlreadyAdded},
			{"withdrawing from an unknown group", w.sup.Withdraw("h", "x"), supervise.ErrNoGroup},
			{"withdrawing an unknown process", w.sup.Withdraw("g", "y"), supervise.ErrNoProcess},
			{"withdrawing one that runs", w.sup.Withdraw("g", "x"), supervise.ErrStillRunning},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s is answered with %v, want %v", c.what, c.err, c.want)
			}
		}
		if got, _ := names(t, w, "g"); !cmp.Equal([]string{"x"}, got) {
			t.Errorf("after refusals the group has %v", got)
		}
	})
}

func TestAProcessIsWithdrawn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(named("x")), program(named("y"))))
		synctest.Wait()
		p, err := w.sup.Process("g", "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Stop(context.Background(), true); err != nil {
			t.Fatal(err)
		}
		if err := w.sup.Withdraw("g", "x"); err != nil {
			t.Fatal(err)
		}
		processes, spec := names(t, w, "g")
		if !cmp.Equal([]string{"y"}, processes) || !cmp.Equal([]string{"y"}, spec) {
			t.Errorf("the group has %v, its spec %v", processes, spec)
		}
		if err := p.Start(context.Background(), false); err == nil {
			t.Error("a process that was withdrawn can be started")
		}
		if err := w.sup.Extend("g", []supervise.Program{program(named("x"))}); err != nil {
			t.Errorf("its name cannot be had again: %v", err)
		}
	})
}

func TestNothingIsAddedDuringAShutdown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.add(group("g", 1))
		if err := w.sup.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := w.sup.Extend("g", []supervise.Program{program(named("x"))}); !errors.Is(err, supervise.ErrShutdown) {
			t.Errorf("it is answered with %v", err)
		}
		if err := w.sup.Withdraw("g", "x"); !errors.Is(err, supervise.ErrShutdown) {
			t.Errorf("withdrawing is answered with %v", err)
		}
	})
}
