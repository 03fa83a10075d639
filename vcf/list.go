package vcf

import "encoding/json"

// listing is the answer of a list as it is written: found in one look that also makes sure
// that it is JSON, and JSON that may be decoded. The parts are of the body, not copies.
type listing struct {
	elements []byte // an array or whatever else stands in its place
	items    [][]byte
	metadata []byte
	listed   bool // there are elements
	paged    bool // there is metadata
}

func listingOf(body []byte) (l listing, err error) {
	err = look(body, l.read)
	return l, err
}

func (l *listing) read(s *scanner) error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == '[':
		err = l.readElements(s)
	case c == '{':
		err = s.object(func(key []byte) (err error) {
			switch string(key) {
			case "elements":
				return l.readElements(s)
			case "pageMetadata":
				l.paged = true
				l.metadata, err = s.raw()
				return err
			}
			return s.skip()
		})
	default:
		if err = s.skip(); err == nil {
			err = json.Unmarshal(s.buf, &map[string]json.RawMessage{}) // in the decoder's words
		}
	}
	if err != nil {
		return err
	}
	return s.end()
}

func (l *listing) readElements(s *scanner) error {
	l.listed, l.items = true, nil
	c, err := s.peek()
	if err != nil {
		return err
	}
	from := s.at
	if c != '[' {
		err = s.skip()
	} else {
		err = s.array(func() error {
			item, err := s.raw()
			l.items = append(l.items, item)
			return err
		})
	}
	l.elements = s.buf[from:s.at]
	return err
}

// array tells whether what stands in the place of the elements is an array, or null.
func (l listing) array() error {
	if len(l.elements) == 0 || l.elements[0] == '[' {
		return nil
	}
	return json.Unmarshal(l.elements, &[]json.RawMessage{})
}
