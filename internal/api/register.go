package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// The tags: the parts of the document and of the page.
const (
	tagProcesses = "Processes"
	tagGroups    = "Groups"
	tagPrograms  = "Programs"
	tagLogs      = "Logs"
	tagConfig    = "Configuration"
	tagJobs      = "Jobs"
	tagRuns      = "Runs"
	tagScheduler = "Scheduler"
	tagWorkers   = "Workers"
	tagEvents    = "Events"
	tagDaemon    = "Daemon"
)

// tags are the parts in the order of the page.
func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: tagProcesses, Description: "What is supervised, one child each."},
		{Name: tagGroups, Description: "Processes that are started and stopped together."},
		{Name: tagPrograms, Description: "What the configuration files declare."},
		{Name: tagLogs, Description: "What processes and the daemon have written. Offsets are bytes of the file, whose text is sent as it is."},
		{Name: tagJobs, Description: "What is run at which times. The daemon has jobs when its configuration has a section [scheduler] or [job:x]."},
		{Name: tagRuns, Description: "Executions of jobs, and notes of times that were skipped."},
		{Name: tagScheduler, Description: "What plans the jobs and runs them."},
		{Name: tagWorkers, Description: "Processes that carry out runs of an executor of type remote: they register functions, ask for runs and bring what became of them."},
		{Name: tagConfig, Description: "The configuration files, and putting them in force."},
		{Name: tagEvents, Description: "What happens, as it happens."},
		{Name: tagDaemon, Description: "The daemon itself."},
	}
}

// register fills the API with all tables.
func (s *server) register() {
	s.registerProcesses()
	s.registerGroups()
	s.registerPrograms()
	s.registerLogs()
	s.registerConfig()
	s.registerJobs()
	s.registerRuns()
	s.registerScheduler()
	s.registerWorkers()
	s.registerEvents()
	s.registerDaemon()
	s.registerHealth()
}

const about = `Programs, processes and jobs of one daemon.

Bodies are JSON. Failures are problems after RFC 9457, which programs tell apart by their member "type".
Fields and operations are only ever added: a client ignores what it does not know.
Nothing happens by GET. Lists come in pages: as long as an answer has "next", the same request with it as "after" gives the rest.

Who asks is found out as for XML-RPC: by user name and password, where the server has some, or by a bearer token.
A token has one of the roles read, operate and admin, each of which may do what the one before may; everybody else is an admin.`

// humaConfig is what the API has without any operation. The formats know no
// other than JSON, and documents are served by ourselves.
func humaConfig() huma.Config {
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Watchkeeper", Version: "1", Description: about},
			Servers: []*huma.Server{{URL: api.Prefix}},
			Tags:    tags(),
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"basic":  {Type: "http", Scheme: "basic", Description: "The user of the server's section in the configuration."},
					"bearer": {Type: "http", Scheme: "bearer", Description: "The secret of a [token:NAME] section."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{ours},
	}
	// Answers may grow; bodies of requests say of themselves that they may not.
	c.AllowAdditionalPropertiesByDefault = true
	return c
}

// finish gives the document what is the same for all operations, once all
// are there.
func finish(d *huma.OpenAPI) *huma.OpenAPI {
	schemas := d.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for _, schema := range schemas {
		for _, p := range schema.Properties {
			if p.Type == huma.TypeArray {
				p.Nullable = false // ours are empty, never null
			}
		}
	}
	return d
}
