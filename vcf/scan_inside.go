package vcf

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
)

// object reads the members of an object: member is called with each key, and reads the
// value. The key is good until then.
func (s *scanner) object(member func(key []byte) error) error {
	first := len(s.members)
	var twin []byte // the key, where an earlier one is the same
	sum, err := s.inside('}', func() error {
		spelled, err := s.key()
		if err != nil {
			return err
		}
		key := unquoted(spelled)
		name := maphash.Bytes(seed, key)
		as := name
		if len(key)+2 < len(spelled) {
			as = maphash.Bytes(seed, spelled)
		}
		before := -1
		for i, m := range s.members[first:min(len(s.members), first+few)] {
			if m.key == name {
				before, twin = i, append(twin[:0], key...)
				break
			}
		}
		if err := member(key); err != nil {
			return err
		}
		switch {
		case before < 0:
			s.members = append(s.members, summed{name, s.sum})
		case s.members[first+before].value != s.sum:
			return twice(twin)
		}
		s.sum = mix(as, s.sum)
		return nil
	})
	if err != nil {
		return err
	}
	if of := s.members[first:]; len(of) > few {
		slices.SortFunc(of, func(a, b summed) int { return cmp.Compare(a.key, b.key) })
		for i := range of[1:] {
			if of[i].key == of[i+1].key && of[i].value != of[i+1].value {
				return twice(nil)
			}
		}
	}
	s.members, s.sum = s.members[:first], sum
	return nil
}

// key is the next key with its quotes; it moves over the colon behind it.
func (s *scanner) key() ([]byte, error) {
	c, err := s.peek()
	if err != nil || c != '"' {
		return nil, s.or(errNotJSON)
	}
	b, err := s.text()
	if err != nil {
		return nil, s.or(err)
	}
	n := len(b)
	for s.have(0) && bytes.IndexByte([]byte(" \t\r\n"), s.buf[s.at]) >= 0 {
		s.at++
		n++
	}
	if !s.have(0) || s.buf[s.at] != ':' {
		return nil, s.or(errNotJSON)
	}
	b = s.buf[s.at-n : s.at-n+len(b)] // it may have moved
	s.at++
	return b, nil
}

// array reads the elements of an array: element reads one.
func (s *scanner) array(element func() error) error {
	sum, err := s.inside(']', func() error {
		if c, err := s.peek(); err != nil {
			return err
		} else if c != '{' { // objects count themselves
			s.parts++
		}
		if s.parts > maxParts {
			return errTooMany
		}
		return element()
	})
	s.sum = sum
	return err
}

// inside reads what stands between a bracket and its end, with commas between.
func (s *scanner) inside(end byte, item func() error) (sum uint64, err error) {
	s.at++
	s.values++
	if end == '}' {
		s.parts++
	}
	if s.depth++; s.depth > maxDepth {
		return 0, errTooDeep
	}
	if s.parts > maxParts || s.values > maxValues {
		return 0, errTooMany
	}
	sum = uint64(end)
	for n := 0; ; n++ {
		c, err := s.peek()
		switch {
		case err != nil:
			return 0, err
		case c == end && n == 0:
		case n == 0:
		case c == ',':
			s.at++
		case c != end:
			return 0, errNotJSON
		}
		if c == end {
			s.at++
			s.depth--
			return sum, nil
		}
		if err := item(); err != nil {
			return 0, err
		}
		sum = mix(sum, s.sum)
	}
}
