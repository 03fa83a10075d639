package vcf

import (
	"context"
	"net/http"
)

// Depot is where SDDC Manager gets its bundles from. The zero Depot is none: a fresh
// system answers an empty object (both specs).
type Depot struct {
	Account *DepotAccount // nil: none
	Offline bool          // a depot of one's own instead of the vendor's
	Host    string        // empty: the vendor's
	Port    int
}

// DepotAccount is an account of the depot with what SDDC Manager says of it. Passwords and
// tokens, which the specs list beside these, are not read.
type DepotAccount struct {
	Status  string // DEPOT_CONNECTION_SUCCESSFUL, DEPOT_NOT_AVAILABLE...; an open enum, may be absent
	Message string
}

// Connected tells whether SDDC Manager says that it reaches the depot; known, whether it
// says anything about that.
func (a DepotAccount) Connected() (connected, known bool) {
	status := Normal(a.Status)
	return status == "DEPOTCONNECTIONSUCCESSFUL", status != ""
}

// Depot reads the depot's settings. A later system (9.1) answers 410: see Gone.
func (c *Client) Depot(ctx context.Context) (Depot, error) {
	type account struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}
	type settings struct {
		VMware        *account `json:"vmwareAccount"`
		Offline       *account `json:"offlineAccount"`
		Configuration struct {
			Offline bool   `json:"isOfflineDepot"`
			Host    string `json:"hostname"`
			Port    Number `json:"port"`
		} `json:"depotConfiguration"`
	}
	s, err := get[settings](ctx, c, "/v1/system/settings/depot", nil)
	if err != nil {
		return Depot{}, err
	}
	d := Depot{Offline: s.Configuration.Offline, Host: clean(s.Configuration.Host), Port: count(s.Configuration.Port)}
	have := s.VMware
	if d.Offline || have == nil {
		have = s.Offline
	}
	if have != nil {
		d.Account = &DepotAccount{Status: clean(have.Status), Message: clean(have.Message)}
	}
	return d, nil
}

// Gone tells whether a call is not there on this system: 404 in SDDC Manager's own words,
// 410 or 501.
func Gone(err error) bool {
	switch StatusOf(err) {
	case http.StatusNotFound:
		return NotFound(err)
	case http.StatusGone, http.StatusNotImplemented:
		return !IsHTML(err)
	}
	return false
}

// Backup tells whether SDDC Manager's own backups are set up: a place for them, and a
// schedule that takes them. When the last one was taken the call does not tell.
type Backup struct {
	Place     bool
	Scheduled bool
}

// Backup reads the settings of the backups. Passphrase and passwords, which the specs
// list beside these, are not read.
func (c *Client) Backup(ctx context.Context) (Backup, error) {
	type settings struct {
		Configured bool `json:"isConfigured"`
		Locations  []struct {
			Server string `json:"server"`
		} `json:"backupLocations"`
		Schedules []struct {
			Taken *bool `json:"takeScheduledBackups"`
		} `json:"backupSchedules"`
	}
	s, err := get[settings](ctx, c, "/v1/system/backup-configuration", nil)
	if err != nil {
		return Backup{}, err
	}
	b := Backup{Place: s.Configured}
	for _, l := range s.Locations {
		b.Place = b.Place || l.Server != ""
	}
	for _, sched := range s.Schedules {
		b.Scheduled = b.Scheduled || sched.Taken == nil || *sched.Taken
	}
	return b, nil
}
