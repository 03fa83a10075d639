package cli

import (
	"bytes"
	"encoding/json"
	"strings"
)

// names adds the names that a file of the state directory holds where names stand, also
// where the directory as a whole cannot be read: that is when a report of it is sent. Of
// a journal the last line that is whole has them all.
func (e entryOf) names(p *pseudonyms) {
	switch {
	case strings.HasSuffix(e.name, ".jsonl"):
		for rest := bytes.TrimSpace(e.content); len(rest) > 0; {
			i := bytes.LastIndexByte(rest, '\n')
			var v any
			if json.Unmarshal(rest[i+1:], &v) == nil {
				p.named("", v)
				return
			}
			rest = rest[:max(i, 0)]
		}
	case strings.HasSuffix(e.name, ".json"):
		var v any
		if json.Unmarshal(e.content, &v) == nil {
			p.named("", v)
		}
	}
}

// named walks through a value of JSON; key is where it stands.
func (p *pseudonyms) named(key string, v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			p.named(key, one)
		}
	case map[string]any:
		text := func(key string) string { s, _ := v[key].(string); return s }
		name := text("name")
		switch key {
		case "by", "startedBy", "started_by", "acknowledgedBy", "acknowledged_by":
			p.person(name, text("id"))
		}
		if v["number"] != nil {
			p.add("domain", name)
		}
		p.add("domain", text("domainName"))
		switch kind := text("resourceType"); {
		case kind == "CLUSTER":
			p.add("cluster", name)
			p.add("cluster", text("resourceName"))
		case kind == "DOMAIN":
			p.add("domain", text("resourceName"))
		case distinct(text("resourceName")):
			p.add("resource", text("resourceName"))
		}
		for _, key := range keysOf(v) {
			p.named(key, v[key])
		}
	}
}

func (p *pseudonyms) person(name, id string) {
	p.add("user", strings.TrimSuffix(name, " (command line)"))
	p.add("user-id", id)
}
