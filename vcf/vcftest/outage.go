package vcftest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Ways in which an SDDC Manager does not answer. Outages.OutageKinds and Server.Down take these, or a status such as "503": an HTML page
// as a proxy sends it, except "500" and "401", which are errors of the API.
const (
	// Refused: no connection. The request was not sent.
	Refused = "refused"
	// Reset: the connection is reset after the request was sent.
	Reset = "reset"
	// Hang: no answer until the request's context ends.
	Hang = "hang"
	// HTML: status 200 and an HTML page.
	HTML = "html"
	// TLS: the handshake fails.
	TLS = "tls"
	// Torn: half of the answer, then the end of the connection. For Fault.Cut only.
	Torn = "torn"
)

// Down makes the API go away now, for the given time. It has nothing to do with any upgrade; tokens survive.
func (s *Server) Down(kind string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.moment()
	s.st.Down = append(s.st.Down, window{From: now, To: now + d, Kind: kind})
}

// windowsOf splits an outage into windows, one for each kind, with equal shares.
func windowsOf(from moment, d time.Duration, kinds []string, revokes bool) []window {
	if d <= 0 {
		return nil
	}
	if len(kinds) == 0 {
		kinds = []string{Refused}
	}
	n := time.Duration(len(kinds))
	var out []window
	for i, k := range kinds {
		w := window{From: from + d*time.Duration(i)/n, To: from + d*time.Duration(i+1)/n, Kind: k, Revokes: revokes && i == 0}
		out = append(out, w)
	}
	return out
}

// outage is the window that covers t.
func (s *Server) outage(t moment) (window, bool) {
	for _, w := range s.st.Down {
		if w.covers(t) {
			return w, true
		}
	}
	for _, u := range s.st.Upgrades {
		for _, w := range u.Windows {
			if w.covers(t) && !(u.Cancelled && u.Ended <= w.From) {
				return w, true
			}
		}
	}
	return window{}, false
}

// outageReply is what the wire sees while the API is gone.
func (s *Server) outageReply(c *call) (reply, bool) {
	w, gone := s.outage(c.now)
	if !gone {
		return reply{}, false
	}
	return kindReply(w.Kind), true
}

func kindReply(kind string) reply {
	switch kind {
	case Refused, Reset, Hang, TLS, Torn:
		return reply{cut: kind}
	case HTML:
		return htmlReply(http.StatusOK, "VMware Cloud Foundation is starting")
	case "401":
		return jsonReply(unauthorized())
	case "500":
		return jsonReply(failure(http.StatusInternalServerError, "VCF_RUNTIME_ERROR", "A service is not yet available"))
	}
	status, err := strconv.Atoi(kind)
	if err != nil || status < 200 || status > 599 {
		panic("vcftest: unknown kind of outage " + strconv.Quote(kind))
	}
	return htmlReply(status, http.StatusText(status))
}

func htmlReply(status int, title string) reply {
	return reply{status: status, contentType: "text/html", body: []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n" +
		"<body>\r\n<center><h1>" + title + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")}
}

// starting is the answer of the lifecycle calls while only the rest of the API is back.
func (s *Server) starting(c *call) *answer {
	if !s.model.Starting {
		return nil
	}
	for _, u := range s.st.Upgrades {
		if len(u.Windows) == 0 || u.Applied || c.now < u.Windows[len(u.Windows)-1].To {
			continue
		}
		for _, p := range []string{"/v1/upgrades", "/v1/upgradables", "/v1/bundles", "/v1/releases", "/v1/system/"} {
			if strings.HasPrefix(c.path, p) {
				a := failure(http.StatusInternalServerError, "LCM_NOT_READY", "Lifecycle Management is starting", "Try again later")
				return &a
			}
		}
	}
	return nil
}
