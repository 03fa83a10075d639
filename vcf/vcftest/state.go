package vcftest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// moment is a point in time, counted from the server's epoch. State holds moments only, so that a snapshot can be moved in time.
type moment = time.Duration

// state is everything that the simulated system remembers. It is plain data with exported fields: a copy is a JSON round trip, and a
// field that is forgotten in a copy cannot exist.
type state struct {
	Seq         int // numbers what is made at run time, and by that its id
	Manager     manager
	Domains     []*domain
	NSX         []*nsxCluster
	Bundles     []*bundle
	Queries     []*query
	Runs        []*run
	Upgrades    []*upgrade
	Validations []*validation
	Tasks       []*task // bundle downloads; the tasks of upgrades and runs are computed from these
	Access      map[string]token
	Refresh     map[string]token
	Accounts    map[string]account
	Down        []window
	Failed      int // upgrades that failed so far, for Failures.FailTimes
}

type manager struct{ ID, FQDN, Version string }

type domain struct {
	ID, Name, Type, Status string
	Release                string // changes only when every component has reached it
	Target                 string // empty: none set
	SSO                    string
	VCenter                vcenter
	NSX                    string // id of its NSX cluster
	Primary                bool   // the domain that brought its NSX
	Clusters               []*cluster
	Edges                  []edge
	Drifted                string // release whose drift bundle was applied
}

type vcenter struct{ ID, FQDN, Version string }

type nsxCluster struct {
	ID, VIP, Version string
	Domains          []string // ids
	Nodes            []string // FQDNs
	Finalized        string   // release whose finalize step ran
}

type edge struct{ ID, Name, Version string }

type cluster struct {
	ID, Name   string
	Image      bool
	AddOn      string
	Components map[string]string
	Hosts      []*host
}

type host struct{ ID, FQDN, Version string }

// window is a time in which the API is gone.
type window struct {
	From, To moment
	Kind     string
	Revokes  bool // tokens issued before From are dead
}

func (w window) covers(t moment) bool { return w.From <= t && t < w.To }

// newState lays out the model's inventory.
func newState(m *Model) state {
	suffix := dnsSuffix(m.fqdn())
	st := state{
		Manager: manager{ID: uuid("sddc-manager", m.fqdn()), FQDN: m.fqdn()},
		Access:  map[string]token{}, Refresh: map[string]token{}, Accounts: map[string]account{},
	}
	var shared *nsxCluster
	for _, d := range m.Domains {
		r, _ := m.release(d.Release)
		dom := &domain{ID: uuid("domain", d.Name), Name: d.Name, Type: d.Type, Status: d.Status, Release: d.Release, SSO: "vsphere.local",
			VCenter: vcenter{ID: uuid("vcenter", d.Name), FQDN: d.Name + "-vc01" + suffix, Version: r.VCenter}}
		if dom.Type == "" {
			dom.Type = "VI"
		}
		if dom.Status == "" {
			dom.Status = "ACTIVE"
		}
		if dom.Type == "MANAGEMENT" {
			st.Manager.Version = r.SDDCManager
		}
		n := shared
		if n == nil || !d.SharesNSX {
			n = &nsxCluster{ID: uuid("nsx", d.Name), VIP: d.Name + "-nsx01" + suffix, Version: r.NSX}
			for i := range 3 {
				n.Nodes = append(n.Nodes, fmt.Sprintf("%s-nsx01%c%s", d.Name, 'a'+i, suffix))
			}
			st.NSX = append(st.NSX, n)
			dom.Primary = true
		}
		if dom.Type == "MANAGEMENT" {
			shared = n
		}
		n.Domains = append(n.Domains, dom.ID)
		dom.NSX = n.ID
		for i := range d.Edges {
			name := fmt.Sprintf("%s-ec%02d", d.Name, i+1)
			dom.Edges = append(dom.Edges, edge{ID: uuid("edge", name), Name: name, Version: r.NSX})
		}
		hosts := 0
		for _, c := range d.Clusters {
			cl := &cluster{ID: uuid("cluster", d.Name, c.Name), Name: c.Name, Image: c.Image, AddOn: c.AddOn, Components: c.Components}
			for range c.Hosts {
				hosts++
				fqdn := fmt.Sprintf("%s-esx%02d%s", d.Name, hosts, suffix)
				cl.Hosts = append(cl.Hosts, &host{ID: uuid("host", fqdn), FQDN: fqdn, Version: r.ESX})
			}
			dom.Clusters = append(dom.Clusters, cl)
		}
		st.Domains = append(st.Domains, dom)
	}
	st.Bundles = newBundles(m)
	return st
}

// clone copies the state deeply.
func (st *state) clone() state {
	data, err := json.Marshal(st)
	if err != nil {
		panic("vcftest: the state is not plain data: " + err.Error())
	}
	var out state
	if err := json.Unmarshal(data, &out); err != nil {
		panic("vcftest: the state is not plain data: " + err.Error())
	}
	return out
}

func (st *state) domain(id string) *domain {
	for _, d := range st.Domains {
		if d.ID == id {
			return d
		}
	}
	return nil
}

func (st *state) domainNamed(name string) *domain {
	for _, d := range st.Domains {
		if d.Name == name {
			return d
		}
	}
	return nil
}

func (st *state) management() *domain {
	for _, d := range st.Domains {
		if d.Type == "MANAGEMENT" {
			return d
		}
	}
	return nil
}

func (st *state) nsx(id string) *nsxCluster {
	for _, n := range st.NSX {
		if n.ID == id {
			return n
		}
	}
	return nil
}

func (d *domain) cluster(id string) *cluster {
	for _, c := range d.Clusters {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// version is that of the last host: hosts are upgraded in order, so it is the lowest.
func (c *cluster) version() string {
	if len(c.Hosts) == 0 {
		return ""
	}
	return c.Hosts[len(c.Hosts)-1].Version
}

// newID makes the id of something that is made at run time. The same history gives the same ids.
func (st *state) newID(kind string) string {
	st.Seq++
	return uuid(kind, strconv.Itoa(st.Seq))
}

// uuid makes a stable id that looks like a random UUID.
func uuid(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p + "\x00"))
	}
	b := h.Sum(nil)[:16]
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

func dnsSuffix(fqdn string) string {
	for i, c := range fqdn {
		if c == '.' {
			return fqdn[i:]
		}
	}
	return ""
}
