package vcf

// Capacity is how much of a domain, a cluster or a host is used.
type Capacity struct {
	CPU     Usage `json:"cpu"`     // Hz
	Memory  Usage `json:"memory"`  // bytes
	Storage Usage `json:"storage"` // bytes; of a host not known where the server counts none (vSAN)
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

// usage is a share, if both of its sides are known: without what is used it would read as
// nothing used. More used than there is stays as it is told: memory and thin disks are
// promised more than once.
func usage(used, total float64, known bool) Usage {
	if !known || !plausible(used) || !plausible(total) || total == 0 {
		return Usage{}
	}
	return Usage{Used: used, Total: total}
}

// plausible keeps out what no data centre has: less than nothing, no number, more than a
// zettabyte.
func plausible(n float64) bool { return n >= 0 && n <= 1<<70 }
