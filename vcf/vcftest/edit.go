package vcftest

import "encoding/json"

// edited is a reply with some keys of its JSON changed, wherever they stand in it.
func (r reply) edited(set map[string]string) reply {
	var v any
	if json.Unmarshal(r.body, &v) != nil {
		return r // not JSON: nothing to change
	}
	body, err := json.Marshal(edit(v, set))
	if err != nil {
		panic("vcftest: " + err.Error())
	}
	r.body = body
	return r
}

// edit changes keys at every depth: the value is JSON text, "" takes the key away.
func edit(v any, set map[string]string) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = edit(v[i], set)
		}
	case map[string]any:
		for key, inner := range v {
			text, ok := set[key]
			switch {
			case !ok:
				v[key] = edit(inner, set)
			case text == "":
				delete(v, key)
			default:
				v[key] = json.RawMessage(text)
			}
		}
	}
	return v
}
