package output

// NewSyslogAt is NewSyslog with the system logger's address.
func NewSyslogAt(ident string, paths ...string) *Syslog { return newSyslog(ident, paths...) }
