package panel

import (
	"fmt"
	"strings"
)

// instance is the name of a VCF instance, in every id and name that is ours. Empty: they
// are exactly the contract's.
type instance string

// named puts the instance's name into an id or a pattern of one: vcf_domain1_status
// becomes vcf_lab_domain1_status.
func (i instance) named(id string) string {
	if i == "" {
		return id
	}
	return strings.Replace(id, "vcf_", "vcf_"+string(i)+"_", 1)
}

// called is a name that people read: "VCF lab domain1 Status".
func (i instance) called(pattern string, args ...any) string {
	name := fmt.Sprintf(pattern, args...)
	if i == "" {
		return name
	}
	return strings.Replace(name, "VCF ", "VCF "+string(i)+" ", 1)
}

// entityID is the id of a row for a domain, where nobody renamed it.
func (i instance) entityID(pattern string, number int) string {
	return i.named(fmt.Sprintf(pattern, numbered(pattern, number)...))
}

// id is the id of a row for what args name: nothing, a domain's number, and the slug of
// a part of it.
func (i instance) id(pattern string, args ...any) string {
	return i.named(fmt.Sprintf(pattern, args...))
}

// numbered are the arguments of a pattern that may name a domain.
func numbered(pattern string, number int) []any {
	if strings.Contains(pattern, "%d") {
		return []any{number}
	}
	return nil
}
