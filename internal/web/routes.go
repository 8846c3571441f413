package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"tenarai/internal/desk"
	"tenarai/internal/member"
)

// handler answers a request of an actor who passed the route's Access; the finer rights are the deed's.
type handler func(c echo.Context, a desk.Actor) error

// route is one line of the table of everything that can be asked.
type route struct {
	Method, Path string
	Access       Access
	Handle       handler
	Body         int64 // bytes a form may have; 0 means formBytes
}

// routes is the whole table. Each area has its own part in its own file.
func (s *Server) routes() []route {
	return slices.Concat(
		s.publicRoutes(),
		s.machineRoutes(),
		s.accountRoutes(),
		s.adminRoutes(),
		s.companyRoutes(),
		s.producerRoutes(),
		s.jobsRoutes(),
		s.learnRoutes(),
		s.courseRoutes(),
		s.mentorRoutes(),
		s.centerRoutes(),
		s.assignmentRoutes(),
		s.recordRoutes(),
		s.priorRoutes(),
		s.shareRoutes(),
		s.readinessRoutes(),
		s.verifyRoutes(),
		s.credentialRoutes(),
		s.certificateRoutes(),
	)
}

// Access says who may open a route at all. The zero Access is nobody: a route without one does not register.
type Access struct {
	kind  accessKind
	roles []member.Role
}

type accessKind int

const (
	nobody    accessKind = iota
	stateless            // anyone, and who she is is not even looked up
	anyone
	signedIn
	byRole
	secretly // like byRole, but the route does not exist for anybody else
)

// The accesses without a role. Stateless handlers get the zero Actor; they are for machines and static files.
var (
	Stateless = Access{kind: stateless}
	Anyone    = Access{kind: anyone}
	SignedIn  = Access{kind: signedIn}
)

// only lets in people who hold one of the roles in their active center; others are told that it is not for them.
func only(roles ...member.Role) Access { return Access{kind: byRole, roles: roles} }

// unknownTo others than the roles: for them the route does not exist.
func (a Access) unknownToOthers() Access { a.kind = secretly; return a }

// String is the access as the golden table writes it.
func (a Access) String() string {
	switch a.kind {
	case stateless:
		return "anyone, stateless"
	case anyone:
		return "anyone"
	case signedIn:
		return "signed in"
	case byRole, secretly:
		names := make([]string, len(a.roles))
		for i, r := range a.roles {
			names[i] = string(r)
		}
		if a.kind == secretly {
			return strings.Join(names, "|") + " (unknown to others)"
		}
		return strings.Join(names, "|")
	}
	return "nobody"
}

func (s *Server) register(r route) error {
	if r.Handle == nil || r.Access.kind == nobody || (r.Access.kind >= byRole && len(r.Access.roles) == 0) {
		return fmt.Errorf("route %s %s has no handler or declares no access", r.Method, r.Path)
	}
	s.echo.Add(r.Method, r.Path, s.serve(r))
	if r.Method == http.MethodGet {
		s.echo.Add(http.MethodHead, r.Path, s.serve(r))
	}
	return nil
}

// serve wraps a route's handler: who asks, whether she may, and for a form that it is one and how large.
func (s *Server) serve(r route) echo.HandlerFunc {
	return func(c echo.Context) error {
		whole := c.Request().Context()
		done := within(whole, c)
		a, refused := s.enter(c, r)
		done()
		if r.Method == http.MethodPost {
			// Read even if refused: what was typed is kept on the page that says so.
			parse := parseForm
			if refused != nil {
				parse = parseTyped
			}
			if err := parse(c, r.Body); err != nil && refused == nil {
				refused = err
			}
			defer dropFiles(c)
			a.Key = formKey(c)
		}
		if refused != nil {
			return refused
		}
		defer within(whole, c)()
		return r.Handle(c, a)
	}
}

// answerWithin is how long finding out who asks may take, and then the deed or look itself; how long a slow phone takes to
// send a form counts to neither. A database that hangs is told as one that is away.
const answerWithin = 30 * time.Second

// within gives the request a deadline until done is called; whole is its context without one.
func within(whole context.Context, c echo.Context) (done func()) {
	ctx, cancel := context.WithTimeout(whole, answerWithin)
	c.SetRequest(c.Request().WithContext(ctx))
	return func() {
		cancel()
		c.SetRequest(c.Request().WithContext(whole))
	}
}

// enter finds who asks, and whether she may open the route.
func (s *Server) enter(c echo.Context, r route) (desk.Actor, error) {
	if r.Access.kind == stateless {
		return desk.Actor{}, nil
	}
	who, err := s.reader(c)
	if err != nil {
		return desk.Actor{}, err
	}
	if err := s.admit(r, who.actor); err != nil {
		return desk.Actor{}, err
	}
	if who.actor.SignedIn() {
		c.Response().Header().Set("Cache-Control", "no-store")
	}
	return who.actor, nil
}

// admit is nil if the actor may open the route.
func (s *Server) admit(r route, a desk.Actor) error {
	switch {
	case r.Access.kind == anyone:
		return nil
	case !a.SignedIn() && r.Access.kind == secretly:
		return echo.ErrNotFound
	case !a.SignedIn():
		return errStranger
	case r.Access.kind == signedIn || a.Is(r.Access.roles...):
		return nil
	case r.Access.kind == secretly:
		return echo.ErrNotFound
	}
	return echo.ErrForbidden
}
