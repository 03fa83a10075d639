package vcf

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// maxHead is how much is kept of an answer that is read as it comes.
const maxHead = 16 << 10

// piecewise is a body that is read up to a limit, of what comes out where it is compressed.
type piecewise struct {
	from     io.Reader
	left     int
	tooLarge bool
	err      error  // of the network: the body was cut off
	head     []byte // its begin, as much as there is room for
}

var errTooLarge = errors.New("the answer is too large")

func (p *piecewise) Read(b []byte) (int, error) {
	if p.tooLarge {
		return 0, errTooLarge
	}
	n, err := p.from.Read(b[:min(len(b), p.left+1)])
	if p.left -= n; p.left < 0 {
		n, p.left, p.tooLarge = n+p.left, 0, true
		err = errTooLarge
	} else if err != nil && err != io.EOF {
		p.err = err
	}
	p.head = append(p.head, b[:min(n, cap(p.head)-len(p.head))]...)
	return n, err
}

// all is the whole body, whose length was told or is -1. What it was told is believed up to
// a megabyte: who says more has to send it first.
func (p *piecewise) all(length int64) ([]byte, error) {
	var body []byte
	var err error
	if 0 <= length && length <= 1<<20 {
		body = make([]byte, 0, length+1) // of which the last byte is for the end
		for err == nil {
			if len(body) == cap(body) {
				body = append(body, 0)[:len(body)]
			}
			var n int
			n, err = p.Read(body[len(body):cap(body)])
			body = body[:len(body)+n]
		}
	} else {
		body, err = io.ReadAll(p)
	}
	if err == io.EOF || err == errTooLarge {
		err = nil
	}
	return body, err
}

// stream reads an object as it comes. What read made of it counts only where there is no
// error.
func (c *Client) stream(ctx context.Context, path string, read func(io.Reader) error) error {
	a, err := c.doReading(ctx, http.MethodGet, path, nil, nil, read)
	if err != nil {
		return err
	}
	if a.unread != nil || a.html() {
		return c.unusable(a, a.unread)
	}
	c.spoke.Store(true)
	return nil
}
