package vcf

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
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
	var p page[T]
	l, err := listingOf(a.body)
	if err != nil || a.html() {
		return p, c.unusable(a, err)
	}
	if !l.listed && !l.paged {
		return p, &FormatError{Call: a.call(), again: true, Problem: "no list in the answer (no \"elements\"); SDDC Manager may be restarting"}
	}
	var m struct {
		Number Number `json:"pageNumber"`
		Pages  Number `json:"totalPages"`
		Total  Number `json:"totalElements"`
	}
	if l.paged {
		if err := json.Unmarshal(l.metadata, &m); err != nil {
			return p, c.unusable(a, err)
		}
	}
	p.Number, p.Pages, p.Total = count(m.Number), count(m.Pages), count(m.Total)
	if err := l.array(); err != nil {
		return page[T]{}, c.unusable(a, err)
	}
	c.spoke.Store(true)
	items := l.items
	p.raw, p.count = l.elements, len(items)
	seen := make(map[string][]byte, len(items))
	if len(items) > 0 {
		p.Elements = make([]T, 0, len(items))
	}
	for _, item := range items {
		if bytes.Equal(item, []byte("null")) {
			continue
		}
		var v T
		if err := unmarshal(item, &v); err != nil {
			return page[T]{}, c.unusable(a, err)
		}
		key := idOf(&v)
		if key == "" {
			key = string(item)
		}
		if twin, ok := seen[key]; !ok {
			seen[key] = item
			p.Elements = append(p.Elements, v)
		} else if !bytes.Equal(twin, item) {
			return page[T]{}, &FormatError{Call: a.call(), again: true, Problem: fmt.Sprintf(
				"the list names %q twice, with different content, and neither is believed; look in SDDC Manager at what the call lists", clean(key))}
		}
	}
	return p, nil
}

// idOf is the ID of an element; empty where its type has none.
func idOf[T any](v *T) string {
	if r := reflect.ValueOf(v).Elem(); r.Kind() == reflect.Struct {
		if id := r.FieldByName("ID"); id.Kind() == reflect.String {
			return id.String()
		}
	}
	return ""
}

// count is a number of the server as a small non-negative int: it writes floats, and
// what it writes may be absurd.
func count(f Number) int {
	const most = 1_000_000
	switch {
	case f >= most:
		return most
	case f > 0:
		n := int(f)
		if Number(n) < f {
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
	first, err := fetchPage[T](ctx, c, path, query)
	if err != nil {
		return nil, err
	}
	return listFrom(ctx, c, path, query, first)
}

// whole tells whether a first page is all there is.
func (p page[T]) whole() bool { return p.Pages <= 1 || p.Total > 0 && p.count >= p.Total }

// listFrom reads the pages after the first.
func listFrom[T any](ctx context.Context, c *Client, path string, query url.Values, first page[T]) ([]T, error) {
	at := map[string]int{}
	out, seen := merge(nil, at, first.Elements), first.count
	rest := pager[T]{c: c, path: path, key: "page", query: query, first: first.Number, last: first}
	for n := 1; n < first.Pages && (first.Total == 0 || seen < first.Total); n++ {
		if n >= maxPages {
			return nil, &FormatError{Call: "GET " + path, Problem: fmt.Sprintf("the list has %d pages; at most %d are read", first.Pages, maxPages)}
		}
		p, err := rest.page(ctx, n)
		if err != nil {
			return nil, err
		}
		if p.count == 0 {
			break // it became shorter meanwhile
		}
		out, seen = merge(out, at, p.Elements), seen+p.count
	}
	return out, nil
}

// pager reads the pages after the first one.
type pager[T any] struct {
	c         *Client
	path, key string // key of the query: the number of the page
	query     url.Values
	first     int // number of the first page, as it was answered
	shift     int // 1: the server answers numbers from 0 and is asked with numbers from 1
	last      page[T]
}

// page reads the page that is n after the first. A server that sends the one before again
// does not page: what is missing would be taken for absent.
func (g *pager[T]) page(ctx context.Context, n int) (page[T], error) {
	ask := func() (page[T], error) {
		return fetchPage[T](ctx, g.c, g.path, withNumber(g.query, g.key, g.first+n+g.shift))
	}
	again := func(p page[T]) bool { return p.count > 0 && bytes.Equal(p.raw, g.last.raw) }
	next, err := ask()
	if err == nil && g.first == 0 && g.shift == 0 && (again(next) || next.count > 0 && next.Number > 0 && next.Number == n-1) {
		g.shift = 1
		next, err = ask()
	}
	if err == nil && again(next) {
		err = &FormatError{Call: "GET " + g.path, Problem: "the server says that the list has more pages and sends the same one again; look at the list in SDDC Manager"}
	}
	g.last = next
	return next, err
}

// merge adds the elements of a page to those before it. What begins meanwhile moves others
// to the next page: they come twice, and the newer state counts.
func merge[T any](out []T, at map[string]int, more []T) []T {
	if out == nil {
		out = more[:0] // takes their place
	}
	for i := range more {
		id := idOf(&more[i])
		if earlier, ok := at[id]; ok && id != "" {
			out[earlier] = more[i]
			continue
		}
		at[id] = len(out)
		out = append(out, more[i])
	}
	return out
}

func withNumber(query url.Values, key string, n int) url.Values {
	q := maps.Clone(query)
	if q == nil {
		q = url.Values{}
	}
	q.Set(key, strconv.Itoa(n))
	return q
}
