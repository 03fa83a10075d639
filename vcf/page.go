package vcf

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// page is one answer of a list: an object with elements, or a bare array.
type page[T any] struct {
	Elements []T
	Number   int // of this page; builds count from 0 or from 1
	Pages    int // 0: not told
	Total    int // 0: not told
	count    int // elements, those that were null included
	raw      []byte
}

// maxPages bounds a list; the longest that is known to page has 100 in each.
const maxPages = 50

func fetchPage[T any](ctx context.Context, c *Client, path string, query url.Values) (page[T], error) {
	a, err := c.do(ctx, http.MethodGet, path, query, nil)
	if err != nil {
		// 9.0.2 answers 408 with a normal page on system/upgradables.
		if StatusOf(err) == http.StatusRequestTimeout {
			if p, perr := decodePage[T](c, a); perr == nil {
				return p, nil
			}
		}
		return page[T]{}, err
	}
	return decodePage[T](c, a)
}

// decodePage reads a list. An object that has neither elements nor pageMetadata is no
// empty list: taking it for one could make a running upgrade look absent.
func decodePage[T any](c *Client, a answer) (page[T], error) {
	var body struct {
		Elements *json.RawMessage `json:"elements"`
		Metadata *struct {
			Number float64 `json:"pageNumber"`
			Pages  float64 `json:"totalPages"`
			Total  float64 `json:"totalElements"`
		} `json:"pageMetadata"`
	}
	var p page[T]
	var items []json.RawMessage
	trimmed := bytes.TrimSpace(a.body)
	if bytes.HasPrefix(trimmed, []byte("[")) {
		p.raw = trimmed
		if err := c.decode(a, &items); err != nil {
			return page[T]{}, err
		}
	} else {
		// null decodes into nil, so the key is looked for in a map.
		var keys map[string]json.RawMessage
		if err := c.decode(a, &keys); err != nil {
			return page[T]{}, err
		}
		_, elements := keys["elements"]
		_, metadata := keys["pageMetadata"]
		if !elements && !metadata {
			return page[T]{}, &FormatError{Call: a.call(), again: true, Problem: "no list in the answer (no \"elements\"); SDDC Manager may be restarting"}
		}
		if err := c.decode(a, &body); err != nil {
			return page[T]{}, err
		}
		if body.Elements != nil {
			p.raw = *body.Elements
			if err := c.decode(answer{method: a.method, path: a.path, body: p.raw}, &items); err != nil {
				return page[T]{}, err
			}
		}
		if m := body.Metadata; m != nil {
			p.Number, p.Pages, p.Total = count(m.Number), count(m.Pages), count(m.Total)
		}
	}
	p.count = len(items)
	for _, item := range items {
		if bytes.Equal(bytes.TrimSpace(item), []byte("null")) {
			continue
		}
		var v T
		if err := c.decode(answer{method: a.method, path: a.path, body: item}, &v); err != nil {
			return page[T]{}, err
		}
		p.Elements = append(p.Elements, v)
	}
	return p, nil
}

// count is a number of the server as a small non-negative int: it writes floats, and
// what it writes may be absurd.
func count(f float64) int {
	const most = 1_000_000
	switch {
	case f >= most:
		return most
	case f > 0:
		n := int(f)
		if float64(n) < f {
			n++
		}
		return n
	}
	return 0
}

// list reads a list whole. Nearly all come in one answer; where the server says that
// there are more pages, they are asked for, and a list that cannot be read whole is an
// error: what is missing from it would be taken for absent.
func list[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	p, err := fetchPage[T](ctx, c, path, query)
	if err != nil {
		return nil, err
	}
	out, seen := p.Elements, p.count
	first := p
	for n := 1; n < first.Pages && (first.Total == 0 || seen < first.Total); n++ {
		if n >= maxPages {
			return nil, &FormatError{Call: "GET " + path, Problem: fmt.Sprintf("the list has %d pages; at most %d are read", first.Pages, maxPages)}
		}
		next, err := fetchPage[T](ctx, c, path, withPage(query, "page", first.Number+n))
		if err != nil {
			return nil, err
		}
		if next.count == 0 {
			break // it became shorter meanwhile
		}
		if bytes.Equal(next.raw, p.raw) {
			return nil, &FormatError{Call: "GET " + path, Problem: fmt.Sprintf("the server says that the list has %d pages and sends the same one again", first.Pages)}
		}
		out, seen, p = append(out, next.Elements...), seen+next.count, next
	}
	return out, nil
}

func withPage(query url.Values, key string, n int) url.Values {
	q := maps.Clone(query)
	if q == nil {
		q = url.Values{}
	}
	q.Set(key, strconv.Itoa(n))
	return q
}
