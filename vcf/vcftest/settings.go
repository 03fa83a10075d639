package vcftest

import (
	"cmp"
	"net/http"
)

// Settings are those of the SDDC Manager itself: its users, its depot, its backups. The zero Settings are in order.
type Settings struct {
	// DepotStatus is what is said of the depot's account. Empty: DEPOT_CONNECTION_SUCCESSFUL, which NoDepot overrides.
	DepotStatus string
	// DepotMessage explains it. Empty: absent from the answer.
	DepotMessage string
	// NoDepot answers as a fresh system does, with nothing.
	NoDepot bool
	// OfflineDepot is the name of a depot of one's own. Empty: the vendor's.
	OfflineDepot string
	// DepotMoved answers 410, as a later system does that keeps them elsewhere.
	DepotMoved bool
	// Role is what GET /v1/users says of the SSO account: ADMIN, OPERATOR or VIEWER. Empty: ADMIN, or VIEWER where Credentials.ReadOnly is set.
	Role string
	// Unlisted leaves the SSO account out of the list of users: it has its role through a group.
	Unlisted bool
	// NoBackup answers that no backups are set up.
	NoBackup bool
}

type userView struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Domain  string  `json:"domain,omitempty"`
	Type    string  `json:"type"`
	Role    idField `json:"role"`
	Created string  `json:"creationTimestamp,omitempty"`
}

type roleView struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

var roles = []string{"ADMIN", "OPERATOR", "VIEWER"}

func (s *Server) getUsers(*call) answer {
	role := cmp.Or(s.model.Role, s.role())
	users := []userView{{ID: uuid("user", s.model.localUser()), Name: s.model.localUser(), Type: "USER", Role: idField{uuid("role", role)}}}
	if !s.model.Unlisted {
		users = append(users, userView{ID: uuid("user", s.model.ssoUser()), Name: s.model.ssoUser(), Domain: "vsphere.local", Type: "USER", Role: idField{uuid("role", role)}})
	}
	users = append(users, userView{ID: uuid("user", "operators"), Name: "VSPHERE.LOCAL\\VCF-ADMINS", Domain: "vsphere.local", Type: "GROUP", Role: idField{uuid("role", "ADMIN")}})
	return list(s, users)
}

func (s *Server) getRoles(*call) answer {
	var out []roleView
	for _, name := range roles {
		out = append(out, roleView{ID: uuid("role", name), Name: name, Description: "The role " + name})
	}
	return list(s, out)
}

func (s *Server) getDepot(*call) answer {
	if s.model.DepotMoved {
		return failure(http.StatusGone, "DEPOT_SETTINGS_MOVED", "Depot settings are managed by VCF Operations")
	}
	if s.model.NoDepot {
		return ok(map[string]any{})
	}
	account := map[string]any{"username": "depot@lab.example", "password": "never-shown-depot", "status": cmp.Or(s.model.DepotStatus, "DEPOT_CONNECTION_SUCCESSFUL")}
	if s.model.DepotMessage != "" {
		account["message"] = s.model.DepotMessage
	}
	if s.model.OfflineDepot == "" {
		return ok(map[string]any{"vmwareAccount": account})
	}
	return ok(map[string]any{"offlineAccount": account,
		"depotConfiguration": map[string]any{"isOfflineDepot": true, "hostname": s.model.OfflineDepot, "port": 443}})
}

func (s *Server) getBackup(*call) answer {
	if s.model.NoBackup {
		return ok(map[string]any{"isConfigured": false})
	}
	return ok(map[string]any{"isConfigured": true,
		"backupLocations": []map[string]any{{"server": "backup.lab.example", "port": 22, "protocol": "SFTP", "username": "backup", "directoryPath": "/backups"}},
		"backupSchedules": []map[string]any{{"resourceType": "SDDC_MANAGER", "takeScheduledBackups": true, "frequency": "HOURLY"}}})
}
