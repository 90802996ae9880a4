package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// overview is what the page at / shows.
type overview struct {
	Total, Running int
	Failing        []*program // of all groups, whatever is filtered
	Groups         []group
	GroupNames     []string // of all
	Filter         filter
	Found          int // programs that the filter lets through
	Jobs           *jobsPart
}

// filter is what of the programs is shown: those whose name has Text in it, of one
// group, in states of one class.
type filter struct{ Text, Group, Class string }

func (f filter) Empty() bool { return f == filter{} }

func (f filter) passes(p *program) bool {
	return (f.Text == "" || strings.Contains(strings.ToLower(p.Name), strings.ToLower(f.Text))) &&
		(f.Group == "" || f.Group == p.Group) && (f.Class == "" || f.Class == p.Class)
}

// group is the programs of a group, or those that are groups of their own: it
// then has no name.
type group struct {
	Name           string
	ID             string // in the page
	Total, Running int
	Failing        int
	Programs       []*program
}

// program is a row of the overview.
type program struct {
	ID      string // in the page
	Key     string // by which events name it: see live.js
	Name    string // its namespec
	Label   string // its name within its group
	Group   string
	Path    string // of its own page
	State   string
	Class   string    // good, bad, busy or idle
	Since   time.Time // when it started or stopped last; zero: it never did
	Next    time.Time // when it is started by itself; zero: it is not
	Why     string    // what is wrong with it; "": nothing
	End     string    // how its last child ended
	EndAt   time.Time
	Usage   usageCell
	Restart int      // how often it was restarted without being asked to
	Can     []string // actions that make sense
}

// mostLines is how many programs get their lines from the start. A page of many
// programs lets a module ask for those that are seen.
const mostLines = 200

func (s *Site) overview(r *request) (any, error) {
	s.Usage.Look()
	o := &overview{Filter: filter{r.Form.Get("q"), r.Form.Get("group"), r.Form.Get("class")}}
	if r.part == "jobs" {
		o.Jobs = s.jobsPart(r)
		return o, nil
	}
	wanted := map[string]bool{}
	for _, name := range r.names {
		wanted[name] = true
	}
	infos := s.Service.AllProcessInfo()
	groups := map[string]*group{}
	for i := range infos {
		p := s.program(&infos[i], r)
		o.count(groups, p)
		if !o.Filter.passes(p) || len(wanted) > 0 && !wanted[p.Key] {
			continue
		}
		o.Found++
		if len(wanted) > 0 || o.Found <= mostLines {
			p.Usage.draw()
		}
		g := groups[p.home()]
		g.Programs = append(g.Programs, p)
	}
	o.arrange(groups)
	if r.part == "" {
		o.Jobs = s.jobsPart(r)
	}
	return o, nil
}

// count adds p to the sums, which know no filter.
func (o *overview) count(groups map[string]*group, p *program) {
	home := p.home()
	g := groups[home]
	if g == nil {
		g = &group{Name: home, ID: "group-" + idOf(home)}
		groups[home] = g
	}
	o.Total++
	g.Total++
	if p.State == supervise.Running.String() {
		o.Running++
		g.Running++
	}
	if p.Class == "bad" {
		g.Failing++
		o.Failing = append(o.Failing, p)
	}
}

// arrange puts the groups in order: those with something that fails first.
func (o *overview) arrange(groups map[string]*group) {
	for name, g := range groups {
		if name != "" {
			o.GroupNames = append(o.GroupNames, name)
		}
		if len(g.Programs) == 0 {
			continue
		}
		slices.SortStableFunc(g.Programs, func(a, b *program) int { return rank(a.Class) - rank(b.Class) })
		o.Groups = append(o.Groups, *g)
	}
	slices.Sort(o.GroupNames)
	slices.SortFunc(o.Groups, func(a, b group) int {
		return cmp.Or(min(b.Failing, 1)-min(a.Failing, 1), strings.Compare(a.Name, b.Name))
	})
}

// home is the group under which a program is shown: "" when it is one of its own.
func (p *program) home() string {
	if p.Group == p.Name {
		return ""
	}
	return p.Group
}

// rank puts what fails first.
func rank(class string) int {
	if class == "bad" {
		return 0
	}
	return 1
}

func (s *Site) program(info *service.ProcessInfo, r *request) *program {
	past := s.History.Past(info.Group, info.Name)
	name := service.Namespec{Group: info.Group, Process: info.Name}.String()
	p := &program{
		ID: "program-" + idOf(name), Key: "program:" + name, Name: name, Label: info.Name, Group: info.Group, Path: programPath(name),
		State: info.Status.State.String(), Next: info.Status.Next,
		End: how(r.words, past.End.How), EndAt: past.End.At, Restart: past.Restarts, Can: possible(&info.Status),
	}
	p.Class = classOf(&info.Status, past.End.Expected)
	p.Since = info.Status.Start
	if info.Status.State.IsStopped() {
		p.Since = info.Status.Stop
	}
	if p.Class == "bad" {
		p.Why = how(r.words, cmp.Or(past.End.How, info.Status.SpawnErr))
	}
	p.Usage = s.usageOf(info.Status.PID, r.words)
	return p
}

// classOf says how a state is shown, besides by its name.
func classOf(s *supervise.Status, expected bool) string {
	switch s.State {
	case supervise.Running:
		return "good"
	case supervise.Fatal, supervise.Backoff, supervise.Unknown:
		return "bad"
	case supervise.Starting, supervise.Stopping:
		return "busy"
	case supervise.Exited:
		if !expected {
			return "bad"
		}
	}
	return "idle"
}

// possible are the actions that make sense in a state.
func possible(s *supervise.Status) []string {
	switch s.State {
	case supervise.Running:
		return []string{"restart", "stop"}
	case supervise.Stopped, supervise.Fatal:
		return []string{"start"}
	case supervise.Exited:
		if !s.Next.IsZero() {
			return []string{"start", "stop"}
		}
		return []string{"start"}
	case supervise.Starting, supervise.Backoff:
		return []string{"stop"}
	}
	return nil
}

// idOf makes a name fit for the id of an element.
func idOf(name string) string { return url.PathEscape(name) }

func programPath(name string) string { return "/programs/" + url.PathEscape(name) }

// storeTime bounds what a page asks the stores of jobs.
const storeTime = 3 * time.Second

func storeContext(r *request) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), storeTime)
}
