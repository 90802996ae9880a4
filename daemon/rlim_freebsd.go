package daemon

// rlim is the type of a resource limit.
type rlim = int64
