package panel

import (
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// has chooses the versions of a component that the domain has. What the domain consists
// of is read a while after a start; until then there is none.
func has(c vcf.Component) func(view) bool {
	return func(v view) bool {
		_, found := v.component(c)
		return v.o.Show.Versions && found
	}
}

func (v view) component(c vcf.Component) (workflow.ComponentVersion, bool) {
	if v.Inventory != nil {
		for _, have := range v.Inventory.Versions {
			if have.Component == c {
				return have, true
			}
		}
	}
	return workflow.ComponentVersion{}, false
}

func versionOf(c vcf.Component) func(view) string {
	return func(v view) string {
		if state := v.stale(); state != "" {
			return state
		}
		have, _ := v.component(c)
		return short(have.Version, 100)
	}
}

// versionAttributes tell what the offered or running release brings.
func versionAttributes(c vcf.Component) func(view) map[string]any {
	return func(v view) map[string]any {
		a := map[string]any{"next": nil, "others": []string{}}
		if have, _ := v.component(c); v.stale() == "" {
			a["others"] = texts(have.Others, 2000)
		}
		_, bom := v.next()
		for _, e := range bom {
			if e.Component() == c {
				a["next"] = text(e.Version)
				break
			}
		}
		return a
	}
}

// stale is the state of what was read of the domain and is not the present; empty: it is.
func (v view) stale() string {
	switch {
	case !v.known():
		return unavailable
	case v.Inventory == nil:
		return unknown
	case v.Inventory.Problem != "":
		return unavailable
	}
	return ""
}
