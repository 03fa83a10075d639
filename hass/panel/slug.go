package panel

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"vcf-assistant/workflow"
)

// maxSlug bounds the part of an entity id that a server names.
const maxSlug = 60

// slug makes of a name what Home Assistant makes of it: small letters, digits and single
// underscores, without the accents.
func slug(name string) string {
	name = strings.ToValidUTF8(name[:min(len(name), 16*maxSlug)], "")
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == 'ß':
			b.WriteString("ss")
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
		if b.Len() >= maxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "_")
}

// named is something with a name that is to be told apart from others of its kind.
type named struct{ id, slug string }

// distinct are the slugs, each once. The first by id keeps what it asks for, the others
// get a number; nobody's number takes a slug that another one asks for. One without a
// slug is called by its kind.
func distinct(all []named, kind string) []string {
	wanted, taken, out := map[string]bool{}, map[string]bool{}, make([]string, len(all))
	for i := range all {
		if all[i].slug == "" {
			all[i].slug = kind
		}
		wanted[all[i].slug] = true
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[a].id, all[b].id) })
	next := map[string]int{}
	for _, i := range order {
		try := all[i].slug
		for n := max(2, next[all[i].slug]); taken[try]; n++ {
			if try = fmt.Sprintf("%s_%d", all[i].slug, n); wanted[try] {
				try = all[i].slug // somebody asks for it: the next number
			}
			next[all[i].slug] = n + 1
		}
		taken[try], out[i] = true, try
	}
	return out
}

func clusterSlugs(clusters []workflow.Cluster) []string {
	all := make([]named, len(clusters))
	for i, c := range clusters {
		all[i] = named{c.ID, slug(c.Name)}
	}
	return distinct(all, "cluster")
}

// hostSlugs are those of the hosts' short names, of the whole names where two short ones
// are alike; labels are what is shown.
func hostSlugs(list []workflow.Host) (slugs, labels []string) {
	labels = make([]string, len(list))
	count := map[string]int{}
	for i, h := range list {
		labels[i] = firstLabel(h.FQDN)
		count[slug(labels[i])]++
	}
	all := make([]named, len(list))
	for i, h := range list {
		if count[slug(labels[i])] > 1 {
			labels[i] = h.FQDN
		}
		all[i] = named{h.ID, slug(labels[i])}
	}
	return distinct(all, "host"), labels
}

// firstLabel is the begin of a name, all of an address.
func firstLabel(fqdn string) string {
	if _, err := netip.ParseAddr(fqdn); err == nil {
		return fqdn
	}
	label, _, _ := strings.Cut(fqdn, ".")
	return label
}
