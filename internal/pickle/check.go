package pickle

import "fmt"

// check walks v as if it were a tree: what contains itself is too deep.
func check(v any, limits Limits) error {
	c := checker{Limits: limits}
	return c.value(v, 1)
}

type checker struct {
	Limits
	values, size int
}

func (c *checker) value(v any, depth int) error {
	c.values++
	switch v := v.(type) {
	case string:
		c.size += len(v)
	case Bytes:
		c.size += len(v)
	case ByteArray:
		c.size += len(v)
	case Global:
		c.size += len(v.Module) + len(v.Name)
	}
	switch {
	case depth > c.Depth:
		return fmt.Errorf("the value is more than %d levels deep, or contains itself", c.Depth)
	case c.values > c.Values:
		return fmt.Errorf("the value is of more than %d values", c.Values)
	case c.size > c.Size:
		return fmt.Errorf("the texts of the value have more than %d bytes", c.Size)
	}
	return c.within(v, depth+1)
}

func (c *checker) within(v any, depth int) error {
	switch v := v.(type) {
	case Tuple:
		return c.all(v, depth)
	case *List:
		return c.all(v.Items, depth)
	case *Set:
		return c.all(v.Items, depth)
	case *Dict:
		return c.pairs(v.Pairs, depth)
	case *Persistent:
		return c.value(v.ID, depth)
	case *Object:
		if v.Kwargs != nil {
			if err := c.pairs(v.Kwargs.Pairs, depth); err != nil {
				return err
			}
		}
		for _, part := range [][]any{{v.Class, v.State}, v.Args, v.Items} {
			if err := c.all(part, depth); err != nil {
				return err
			}
		}
		return c.pairs(v.Pairs, depth)
	}
	return nil
}

func (c *checker) all(values []any, depth int) error {
	for _, v := range values {
		if err := c.value(v, depth); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) pairs(pairs []Pair, depth int) error {
	for _, p := range pairs {
		if err := c.value(p.Key, depth); err != nil {
			return err
		}
		if err := c.value(p.Value, depth); err != nil {
			return err
		}
	}
	return nil
}
