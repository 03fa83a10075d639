package hasstest

import "slices"

// User is a user of the Server.
type User struct {
	ID       string
	Name     string
	Username string
	Owner    bool
	Inactive bool
	Groups   []string
}

// The users of a Server without Options.Users.
var (
	Owner  = User{ID: "5f0a0000000000000000000000000001", Name: "Olga Owner", Username: "owner", Owner: true, Groups: []string{"system-admin"}}
	Member = User{ID: "5f0a0000000000000000000000000002", Name: "Mia Member", Username: "member", Groups: []string{"system-users"}}
	Guest  = User{ID: "5f0a0000000000000000000000000003", Name: "Gus Guest", Username: "guest", Groups: []string{"system-read-only"}}
)

// Automation is the user id of what no person did.
const Automation = ""

func (u User) admin() bool {
	return u.Owner || !u.Inactive && slices.Contains(u.Groups, "system-admin")
}

func (u User) control() bool {
	return u.admin() || !u.Inactive && slices.Contains(u.Groups, "system-users")
}

// SetUser adds a user or changes the one of the same id.
func (s *Server) SetUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.users, func(have User) bool { return have.ID == u.ID }); i >= 0 {
		s.users[i] = u
		return
	}
	s.users = append(s.users, u)
	s.tokens["token-of-"+u.ID] = u.ID
}

func (s *Server) user(id string) (User, bool) {
	for _, u := range s.users {
		if u.ID == id {
			return u, true
		}
	}
	return User{}, false
}

func (s *Server) userList() any {
	list := []any{}
	for _, u := range s.users {
		list = append(list, map[string]any{
			"id": u.ID, "username": nullable(u.Username), "name": u.Name, "is_owner": u.Owner, "is_active": !u.Inactive,
			"local_only": false, "system_generated": false, "group_ids": u.Groups, "credentials": []any{},
		})
	}
	return list
}
