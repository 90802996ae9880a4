package job

// EncodeJob gives the JSON form of j without its State, the form in which
// stores keep it.
func EncodeJob(j Job) ([]byte, error) { panic("stub") }

// DecodeJob reads what EncodeJob wrote. A later version, or a trigger that
// cannot be read, is an error; the store then lists the job as parked.
func DecodeJob(data []byte) (Job, error) { panic("stub") }

// EncodeRun gives the JSON form of r, the form in which stores keep what they
// have no column for.
func EncodeRun(r Run) ([]byte, error) { panic("stub") }

// DecodeRun reads what EncodeRun wrote.
func DecodeRun(data []byte) (Run, error) { panic("stub") }
