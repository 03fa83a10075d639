package vcf

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Host is an ESX host.
type Host struct {
	ID       string    `json:"id"`
	FQDN     string    `json:"fqdn"`
	Version  string    `json:"esxiVersion"`
	Status   string    `json:"status"`  // ASSIGNED, UNASSIGNED_USEABLE, UNASSIGNED_UNUSEABLE (both specs). An open enum
	Domain   Reference `json:"domain"`  // empty: the host belongs to none yet
	Cluster  Reference `json:"cluster"` // empty likewise
	Capacity Capacity  `json:"-"`       // each Usage that is not told is not known
}

// Hosts lists the hosts of a domain.
func (c *Client) Hosts(ctx context.Context, domainID string) ([]Host, error) {
	return hosts(ctx, c, url.Values{"domainId": {domainID}})
}

// AllHosts lists the hosts of all domains, and those that belong to none.
func (c *Client) AllHosts(ctx context.Context) ([]Host, error) {
	return hosts(ctx, c, nil)
}

// largePage is how many hosts are asked for at once, or as many as the server says there
// are, within reason.
const largePage, largestPage = 1_000, 10_000

// hosts lists hosts in one request, however many there are; in two where the server pages
// them, of which the second asks for all at once. That is documented in 9.0.2 alone: it is
// asked for only where the server has said that it pages, and one that refuses it, sends
// less, or sends too much at once is asked for page after page. So is one that sends less
// and then does not tell that there are more pages: the rest would be taken for absent.
func hosts(ctx context.Context, c *Client, query url.Values) ([]Host, error) {
	const path = "/v1/hosts"
	first, err := fetchPage[Host](ctx, c, path, query)
	if err != nil {
		return nil, err
	}
	if !first.whole() {
		all := withNumber(query, "size", min(max(first.Total, largePage), largestPage))
		p, err := fetchPage[Host](ctx, c, path, all)
		var format *FormatError
		switch {
		case err == nil && p.Pages == 0 && p.count < max(first.Total, first.count+1):
		case err == nil:
			first, query = p, all
		case isUnsent(err), StatusOf(err) == http.StatusUnauthorized, StatusOf(err) == 0 && !errors.As(err, &format):
			return nil, err // the next request would fare no better
		}
	}
	return listFrom(ctx, c, path, query, first)
}
