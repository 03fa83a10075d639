package vcf

import "time"

// Observation is one exchange with SDDC Manager: a call of the client may be several.
type Observation struct {
	Method   string        // GET
	Endpoint string        // /v1/tasks/{id}: ids are left out, so that there are few
	Status   int           // of the answer; 0: there was none
	Elapsed  time.Duration // until the whole answer was read
}
