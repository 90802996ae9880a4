package trigger

// Parse reads the text form of a trigger, as String writes it.
func Parse(text string) (Trigger, error) { panic("stub") }

// Encode gives the JSON form of t.
func Encode(t Trigger) ([]byte, error) { panic("stub") }

// Decode reads the JSON form.
func Decode(data []byte) (Trigger, error) { panic("stub") }
