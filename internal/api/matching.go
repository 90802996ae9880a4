package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// Matching is the condition of a change.
type Matching struct {
	IfMatch string `header:"If-Match" doc:"The ETag that the job must have, several separated by commas, or *." example:"\"7\""`
}

// Resolve implements huma.Resolver: a list may stand on several lines (RFC 9110,
// 5.3).
func (m *Matching) Resolve(ctx huma.Context) []error {
	var lines []string
	ctx.EachHeader(func(name, value string) {
		if strings.EqualFold(name, "If-Match") {
			lines = append(lines, value)
		}
	})
	m.IfMatch = strings.Join(lines, ", ")
	return nil
}

// revision is the one that the job must have; 0 for any. Where the header leaves
// the choice it is the one that the job has, so that the change fails if that is
// another by then.
func (m *Matching) revision(ctx context.Context, jobs *service.Jobs, ref service.Ref) (int64, error) {
	if m.IfMatch == "" {
		return 0, nil
	}
	tags, ok := entityTags(m.IfMatch)
	if !ok {
		return 0, fmt.Errorf("job %s %w: If-Match is to be * or a list of ETags in double quotes, not %s", ref.ID, job.ErrChanged, m.IfMatch)
	}
	if len(tags) == 1 && tags[0] != anyTag {
		return revisionOf(ref, tags[0])
	}
	info, err := jobs.Get(ctx, ref)
	if err != nil {
		return 0, err
	}
	if has := etag(info.Job.State.Rev); tags[0] != anyTag && !slices.Contains(tags, has) {
		return 0, fmt.Errorf("job %s %w: its ETag is %s", ref.ID, job.ErrChanged, has)
	}
	return info.Job.State.Rev, nil
}

// revisionOf is the revision that an ETag of ours stands for.
func revisionOf(ref service.Ref, tag string) (int64, error) {
	revision, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil || revision <= 0 || etag(revision) != tag {
		return 0, fmt.Errorf("job %s %w: no job has the ETag %s", ref.ID, job.ErrChanged, tag)
	}
	return revision, nil
}

// anyTag stands for whatever there is.
const anyTag = "*"

// entityTags are those of an If-Match, each as it is written, or anyTag alone (RFC
// 9110, 13.1.1). A weak one begins with W/ and equals none of ours, as the strong
// comparison wants it (8.8.3.2). Empty elements of the list are passed over.
func entityTags(text string) (tags []string, ok bool) {
	const blank = " \t"
	if strings.Trim(text, blank) == anyTag {
		return []string{anyTag}, true
	}
	for rest := text; ; {
		if rest = strings.TrimLeft(rest, blank+","); rest == "" {
			return tags, len(tags) > 0
		}
		strong := strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(strong, `"`) {
			return nil, false
		}
		end := strings.IndexByte(strong[1:], '"')
		if end < 0 || strings.ContainsAny(strong[1:1+end], blank) {
			return nil, false
		}
		size := len(rest) - len(strong) + end + 2
		tags = append(tags, rest[:size])
		if rest = strings.TrimLeft(rest[size:], blank); rest != "" && rest[0] != ',' {
			return nil, false
		}
	}
}
