package trigger

// cron makes a trigger of the eight fields.
func (b *builder) cron() (Trigger, error) {
	var texts [numFields]string
	given := 0
	for f := year; f < numFields; f++ {
		if text, ok := b.take(f.String()); ok {
			texts[f] = text
			given |= 1 << f
		}
	}
	o, err := b.cronOptions()
	if err != nil {
		return nil, err
	}
	t, err := newCron(texts, given, o)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// crontab makes a trigger of a line.
func (b *builder) crontab() (Trigger, error) {
	line, _ := b.take("crontab")
	o, err := b.cronOptions()
	if err != nil {
		return nil, err
	}
	t, err := newCrontab(line, o)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (b *builder) cronOptions() (o cronOptions, err error) {
	o.zone, o.legacy = b.zone, b.legacy
	if text, ok := b.take("dst"); ok {
		o.dst, err = ParseDST(text)
	}
	return o, err
}
