package vcf

// Capacity is how much of a domain, a cluster or a host is used.
type Capacity struct {
	CPU     Usage `json:"cpu"`     // Hz
	Memory  Usage `json:"memory"`  // bytes
	Storage Usage `json:"storage"` // bytes
}

// Usage is a share of a resource. A Total of zero: not known.
type Usage struct {
	Used  float64 `json:"used"`
	Total float64 `json:"total"`
}

// Percent is the share in use, 0 to 100 and more where a server counts so; false: not
// known.
func (u Usage) Percent() (percent float64, known bool) {
	if !(u.Total > 0) || !(u.Used >= 0) {
		return 0, false
	}
	return 100 * u.Used / u.Total, true
}
