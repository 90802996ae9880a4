package service

import (
	"cmp"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// GroupInfo is a group that is supervised, and how its processes stand.
type GroupInfo struct {
	Name      string
	Priority  int
	Kind      supervise.Kind
	Processes []GroupMember // in the order in which they start
}

// GroupMember is a process of a GroupInfo.
type GroupMember struct {
	Name  string
	State supervise.State
}

// AllGroupInfo tells about all groups, sorted by name.
func (s *Service) AllGroupInfo() []GroupInfo {
	var all []GroupInfo
	for _, g := range s.parts.Supervisor.Groups() {
		all = append(all, groupInfo(g))
	}
	slices.SortFunc(all, func(a, b GroupInfo) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// GroupInfo tells about one group. ErrBadName.
func (s *Service) GroupInfo(name string) (GroupInfo, error) {
	g, ok := s.parts.Supervisor.Group(name)
	if !ok {
		return GroupInfo{}, fail(ErrBadName, name)
	}
	return groupInfo(g), nil
}

func groupInfo(g *supervise.Group) GroupInfo {
	spec := g.Spec()
	info := GroupInfo{Name: spec.Name, Priority: spec.Priority, Kind: spec.Kind}
	for _, m := range members(g) {
		info.Processes = append(info.Processes, GroupMember{Name: m.name, State: m.process.Status().State})
	}
	return info
}
